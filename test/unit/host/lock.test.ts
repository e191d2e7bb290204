import { access, mkdtemp, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { NspawnError } from '../../../src/errors/nspawn-error.js';
import { acquireLock } from '../../../src/host/lock.js';
import { waitFor } from '../../host/wait-for.js';

describe('the lock of a container', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'nspawn-lock-'));
  });
  afterEach(() => rm(directory, { recursive: true }));
  const request = (operation: string, wait = 0) => ({
    name: 'web',
    path: join(directory, 'locks', 'web.lock'),
    operation,
    wait,
  });
  const refusal = (error: unknown) => {
    if (!(error instanceof NspawnError)) throw error;
    return error;
  };

  /** The files that this process has open. */
  const openFiles = async () => {
    const links = (await readdir('/proc/self/fd')).map((fd) =>
      readlink(`/proc/self/fd/${fd}`).catch(() => null),
    );
    return Promise.all(links);
  };

  it('has one holder, whose process and operation a refusal names', async () => {
    const lock = await acquireLock(request('update'));
    const error = await acquireLock(request('remove')).then(() => null, refusal);
    expect(error).to.include({ code: 'locked', exitCode: 6 });
    expect(error?.message).to.equal(`Container 'web' is locked by PID ${process.pid}, running 'update'.`);
    await lock.release();
  });

  it('is given to a waiting process as soon as it is free', async () => {
    const first = await acquireLock(request('create'));
    const waiting = acquireLock(request('remove', 30));
    await first.release();
    await (await waiting).release();
  });

  it('is not given to a process that waited for a file which was deleted since', async () => {
    // Given a process that has opened the file of the lock, and waits for its holder.
    const { path } = request('');
    const first = await acquireLock(request('create'));
    const waiting = acquireLock(request('remove', 30));
    await waitFor(
      'the other process to open the file',
      async () => (await openFiles()).filter((file) => file === path).length === 2,
      { interval: 1 },
    );
    // When the holder releases the lock, which deletes the file, then the other one holds the lock of a new file.
    await first.release();
    const second = await waiting;
    const error = await acquireLock(request('update')).then(() => null, refusal);
    expect(error?.message).to.include("running 'remove'");
    await second.release();
  });

  it('leaves no file after it is released', async () => {
    const lock = await acquireLock(request('create'));
    await lock.release();
    const gone = await access(request('').path).then(
      () => false,
      () => true,
    );
    expect(gone).to.equal(true);
  });

  it('is refused without a PID if its file is incomplete', async () => {
    const lock = await acquireLock(request('create'));
    await writeFile(request('').path, '{"pid":12');
    const error = await acquireLock(request('remove')).then(() => null, refusal);
    expect(error?.message).to.equal("Container 'web' is locked by another process.");
    await lock.release();
  });
});
