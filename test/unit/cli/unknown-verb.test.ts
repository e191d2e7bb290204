import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const door = fileURLToPath(new URL('../../../bin/run.cjs', import.meta.url));
const nspawn = (...argv: string[]) => spawnSync(process.execPath, [door, ...argv], { encoding: 'utf8' });

describe('a verb that is not there', () => {
  for (const argv of [['craete'], ['craete', 'web'], ['craete', 'web', '--flake', '.#web']]) {
    it(`has the one that was meant as next step: ${argv.join(' ')}`, () => {
      const { status, stdout, stderr } = nspawn(...argv);
      expect({ status, stdout }).to.deep.equal({ status: 64, stdout: '' });
      expect(stderr).to.equal(
        "Error: 'craete' is no command of nixos-nspawn.\n  Did you mean 'nixos-nspawn create'?\n",
      );
    });
  }

  it('is one document on stdout under --json, be it before or after the verb', () => {
    for (const argv of [
      ['craete', 'web', '--json'],
      ['--json', 'craete', 'web'],
    ]) {
      const { status, stdout, stderr } = nspawn(...argv);
      expect({ status, stderr }).to.deep.equal({ status: 64, stderr: '' });
      expect(JSON.parse(stdout)).to.deep.equal({
        error: {
          code: 'usage',
          message: "'craete' is no command of nixos-nspawn.",
          exit_code: 64,
          next_steps: ["Did you mean 'nixos-nspawn create'?"],
        },
      });
    }
  });
});
