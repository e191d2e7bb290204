import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { door } from '../built-program.js';

/** Runs the command, which must print one document, and returns the exit code and the message of the error. */
function refusal(...argv: string[]): { status: number | null; message: string } {
  const { status, stdout } = spawnSync(process.execPath, [door, ...argv, '--json'], { encoding: 'utf8' });
  const { error } = JSON.parse(stdout) as { error: { message: string } };
  return { status, message: error.message };
}

describe('update', () => {
  it('of one container refuses --jobs, which would have no effect', () => {
    expect(refusal('update', 'web', '--jobs', '3')).to.deep.equal({
      status: 64,
      message: "'--jobs' can only be used with '--all'.",
    });
  });

  it('requires a name or --all, but not both', () => {
    expect(refusal('update').status).to.equal(64);
    expect(refusal('update', 'web', '--all').status).to.equal(64);
  });
});
