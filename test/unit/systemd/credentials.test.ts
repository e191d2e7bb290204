import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { compareCredentials } from '../../../src/systemd/credentials.js';
import { FakeCommands } from '../fake-commands.js';

/** Only a process with another root directory has credentials; test/host/credentials.test.ts compares these. */
describe('credentials that cannot be compared', () => {
  let place: string;
  let fake: FakeCommands;
  const { signal } = new AbortController();

  beforeEach(async () => {
    fake = await FakeCommands.install('systemd-creds');
    place = await mkdtemp(join(tmpdir(), 'nspawn-credentials-'));
    await writeFile(join(place, 'token'), 'one');
  });

  afterEach(async () => {
    await fake.uninstall();
    await rm(place, { recursive: true });
  });

  const compare = async (path: string, leader: number | null, encrypted = false) =>
    (await compareCredentials([{ id: 'no-such-credential', path, encrypted }], leader, { signal })).map(
      ({ changed }) => changed,
    );

  it('are unknown if the container does not run', async () => {
    expect(await compare(join(place, 'token'), null)).to.deep.equal([null]);
  });

  it('are unknown if the container was not given the credential, and nothing is decrypted', async () => {
    expect(await compare(join(place, 'token'), process.pid)).to.deep.equal([null]);
    expect(await compare(join(place, 'token'), process.pid, true)).to.deep.equal([null]);
    expect(await fake.argvs()).to.deep.equal([]);
  });

  it('are unknown if the container has just ended', async () => {
    expect(await compare(join(place, 'token'), 2 ** 22 + 1)).to.deep.equal([null]);
  });

  it('are unknown if the path is a name that systemd searches for', async () => {
    expect(await compare('token', process.pid)).to.deep.equal([null]);
  });
});
