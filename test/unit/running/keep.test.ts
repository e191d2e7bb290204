import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { containerName } from '../../../src/container/name.js';
import { containerPlaces, hostLayout, type Places } from '../../../src/host/layout.js';
import { recordOf } from '../../../src/running/keep.js';
import { putRun } from '../../../src/running/roots.js';

const SYSTEM = (letter: string) => `/nix/store/${letter.repeat(32)}-nixos-system-web`;
const INVOCATION = '0'.repeat(32);

describe('the record of a run', () => {
  let root: string;
  let places: Places;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'nspawn-keep-'));
    places = containerPlaces(hostLayout({ root }), containerName('web'));
    await mkdir(places.profileDir, { recursive: true });
  });

  afterEach(() => rm(root, { recursive: true }));

  /** Makes a closure with this system the next generation and the current one. */
  const generation = async (number: number, system: string) => {
    const path = join(root, `closure-${number}`);
    await mkdir(path);
    await symlink(`${system}/init`, join(path, 'init'));
    await symlink(path, join(places.profileDir, `system-${number}-link`));
    await rm(places.profile, { force: true });
    await symlink(`system-${number}-link`, places.profile);
    return path;
  };
  const record = (current: string | null, booted: string | null, reloaded: string | null = null) =>
    recordOf({ current, booted }, INVOCATION, places, reloaded);

  it('has the closures of what the container runs and booted', async () => {
    const [first, second] = [await generation(1, SYSTEM('a')), await generation(2, SYSTEM('b'))];
    expect(await record(SYSTEM('b'), SYSTEM('a'))).to.deep.equal({ booted: first, current: second });
  });

  it('keeps what is recorded of a container that does not report it now', async () => {
    const [first, second] = [await generation(1, SYSTEM('a')), await generation(2, SYSTEM('b'))];
    await putRun(places, INVOCATION, { booted: first, current: second });
    expect(await record(null, null)).to.deep.equal({ booted: first, current: second });
    expect(await record(SYSTEM('a'), null)).to.deep.equal({ booted: first, current: first });
  });

  it('has the closure to which the container was reloaded, even if the system is the same', async () => {
    const [first, second] = [await generation(1, SYSTEM('a')), await generation(2, SYSTEM('a'))];
    await putRun(places, INVOCATION, { booted: first, current: first });
    expect(await record(SYSTEM('a'), SYSTEM('a'), second)).to.deep.equal({ booted: first, current: second });
    // If the container reports nothing, the reload is known to have succeeded.
    expect(await record(null, null, second)).to.deep.equal({ booted: first, current: second });
  });

  it('has what the container runs, if that is not what it was reloaded to', async () => {
    const [first, second] = [await generation(1, SYSTEM('a')), await generation(2, SYSTEM('b'))];
    await putRun(places, INVOCATION, { booted: first, current: first });
    expect(await record(SYSTEM('a'), SYSTEM('a'), second)).to.deep.equal({ booted: first, current: first });
  });
});
