import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { door } from '../built-program.js';

const nspawn = (...argv: string[]) => spawnSync(process.execPath, [door, ...argv], { encoding: 'utf8' });

describe('a command that does not exist', () => {
  for (const argv of [['craete'], ['craete', 'web'], ['craete', 'web', '--flake', '.#web']]) {
    it(`is refused with a suggestion: ${argv.join(' ')}`, () => {
      const { status, stdout, stderr } = nspawn(...argv);
      expect({ status, stdout }).to.deep.equal({ status: 64, stdout: '' });
      expect(stderr).to.equal(
        "Error: 'craete' is not a command of nixos-nspawn.\n  Did you mean 'nixos-nspawn create'?\n",
      );
    });
  }

  for (const [argv, message, next] of [
    [['--jsno', 'list'], "The option '--jsno' does not exist.", "Did you mean '--json'?"],
    [
      ['--frobnicate=there', 'list'],
      "The option '--frobnicate' does not exist.",
      "'nixos-nspawn --help' lists the commands. 'nixos-nspawn COMMAND --help' lists the options of a command.",
    ],
    [
      ['--flake', '.#web', 'create', 'web'],
      "The option '--flake' is before the command.",
      "Put it after the command: 'nixos-nspawn create --flake'.",
    ],
    [
      ['--unit-file-dir', '/srv'],
      "There is no command after '--unit-file-dir'.",
      "'nixos-nspawn --help' lists the commands.",
    ],
  ] as const) {
    it(`is not the error for an option before the command: ${argv.join(' ')}`, () => {
      const { status, stderr } = nspawn(...argv);
      expect({ status, stderr }).to.deep.equal({ status: 64, stderr: `Error: ${message}\n  ${next}\n` });
    });
  }

  it('is refused with one document on stdout if --json is before or after the command', () => {
    for (const argv of [
      ['craete', 'web', '--json'],
      ['--json', 'craete', 'web'],
    ]) {
      const { status, stdout, stderr } = nspawn(...argv);
      expect({ status, stderr }).to.deep.equal({ status: 64, stderr: '' });
      expect(JSON.parse(stdout)).to.deep.equal({
        error: {
          code: 'usage',
          message: "'craete' is not a command of nixos-nspawn.",
          exit_code: 64,
          next_steps: ["Did you mean 'nixos-nspawn create'?"],
        },
      });
    }
  });
});
