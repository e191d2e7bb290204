import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import * as z from 'zod';
import { pause } from '../../src/base/pause.js';
import { run } from '../../src/base/process.js';
import { asNspawnError, NspawnError } from '../../src/errors/nspawn-error.js';
import { settingsIn } from '../../src/host/closure.js';
import { readRecord } from '../../src/host/record.js';
import { createContainer } from '../../src/index.js';

/** The error that an operation throws. */
async function thrownBy(act: () => Promise<unknown> | unknown): Promise<NspawnError> {
  try {
    await act();
  } catch (error) {
    if (error instanceof NspawnError) return error;
    throw error;
  }
  throw new Error('it succeeded');
}

class UserWentAway extends Error {}

describe('the cause of an error', () => {
  const reason = new UserWentAway('the user went away');
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'nspawn-causes-'));
  });

  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  it('is the reason of the signal that aborted a running command', async () => {
    const controller = new AbortController();
    const running = run(['sh', '-c', 'echo up >&2; exec sleep 1000'], {
      signal: controller.signal,
      onStderrLine: () => controller.abort(reason),
    });
    const error = await thrownBy(() => running);
    expect(error).to.include({ code: 'interrupted', cause: reason });
    expect(error.message).to.equal('Interrupted: the user went away.');
  });

  it('is the reason of the signal that aborted a wait', async () => {
    const controller = new AbortController();
    const waiting = pause(1_000_000, controller.signal);
    controller.abort(reason);
    expect(await thrownBy(() => waiting)).to.include({ code: 'interrupted', cause: reason });
  });

  it('is the reason of a signal that was aborted before an operation, of any type', async () => {
    for (const given of [reason, 'SIGINT', { user: 7 }, 0]) {
      const error = await thrownBy(() =>
        createContainer(
          { name: 'web', source: { kind: 'profile', path: directory } },
          { root: directory, signal: AbortSignal.abort(given) },
        ),
      );
      expect(error.code).to.equal('interrupted');
      expect(error.cause).to.equal(given);
    }
  });

  it('is the error of the file system', async () => {
    // A directory instead of a file.
    const record = join(directory, 'web.json');
    await mkdir(record);
    expect((await thrownBy(() => readRecord(record))).cause).to.include({ code: 'EISDIR' });
    // A working directory that does not exist.
    const error = await thrownBy(() => run(['true'], { cwd: join(directory, 'gone') }));
    expect(error.code).to.equal('no-such-directory');
    expect(error.cause).to.include({ code: 'ENOENT' });
    const missing = Object.assign(new Error('ENOENT'), { code: 'ENOENT', syscall: 'open', path: '/x' });
    expect(asNspawnError(missing).cause).to.equal(missing);
  });

  it('is the reason why a process could not be started', async () => {
    // The kernel accepts no argument that is longer than 128 KiB (execve(2), MAX_ARG_STRLEN).
    const error = await thrownBy(() => run(['echo', 'x'.repeat(200_000)]));
    expect(error.code).to.equal('command-too-long');
    expect(error.cause).to.include({ code: 'E2BIG' });
  });

  it('is the error of the parser or the schema of a file', async () => {
    const record = join(directory, 'web.json');
    await writeFile(record, '{"version":1,"source":7}');
    expect((await thrownBy(() => readRecord(record))).cause).to.be.instanceOf(z.ZodError);
    expect((await thrownBy(() => settingsIn('data.json', '[]'))).cause).to.be.instanceOf(z.ZodError);
    expect((await thrownBy(() => settingsIn('data.json', '{'))).cause).to.be.instanceOf(SyntaxError);
  });
});
