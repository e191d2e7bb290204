import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { pipe } from '../../../src/base/process.js';
import { NspawnError } from '../../../src/errors/nspawn-error.js';

describe('a pipe of two commands', () => {
  const { signal } = new AbortController();
  const failure = async (promise: Promise<void>): Promise<NspawnError> => {
    const error: unknown = await promise.then(() => null).catch((thrown: unknown) => thrown);
    if (!(error instanceof NspawnError)) throw new Error(`no failure: ${error}`);
    return error;
  };

  it('gives the second what the first writes, unchanged', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'nspawn-pipe-'));
    const path = join(directory, 'bytes');
    await pipe(['printf', '%b', '\\0377\\0000\\n'], ['sh', '-c', 'cat >"$1"', 'sh', path], signal);
    expect([...(await readFile(path))]).to.deep.equal([255, 0, 10]);
    await rm(directory, { recursive: true });
  });

  it('fails with the reason of the second, even if the first then cannot write', async () => {
    const error = await failure(pipe(['yes'], ['sh', '-c', 'echo full >&2; exit 3'], signal));
    expect(error.details).to.include({ command_exit_code: 3, stderr: 'full\n' });
  });

  it('fails if the first fails', async () => {
    const error = await failure(pipe(['sh', '-c', 'exit 4'], ['cat'], signal));
    expect(error.details).to.include({ command_exit_code: 4 });
  });

  it('ends both when it is interrupted', async () => {
    const abort = new AbortController();
    const piped = pipe(['sleep', '1000'], ['sleep', '1000'], abort.signal);
    abort.abort('SIGINT');
    expect((await failure(piped)).code).to.equal('interrupted');
  });
});
