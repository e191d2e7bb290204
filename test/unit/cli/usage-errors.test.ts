import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const door = fileURLToPath(new URL('../../../bin/run.cjs', import.meta.url));
const nspawn = (...argv: string[]) => spawnSync(process.execPath, [door, ...argv], { encoding: 'utf8' });

describe('a command line that is not valid', () => {
  it('is told of a misspelt flag with the flag that was meant', () => {
    for (const [argv, flag] of [
      [['create', 'web', '--flke', '.#web'], '--flake'],
      [['list', '--jason'], '--json'],
      [['plugins', 'install', 'x', '--no-plugin'], '--no-plugins'],
    ] as const) {
      const { status, stderr } = nspawn(...argv);
      expect(status).to.equal(64);
      expect(stderr).to.include(`Did you mean '${flag}'?`);
    }
    expect(nspawn('plugins', 'install', 'x', '--qqq').stderr).to.equal(
      "Error: Nonexistent flag: --qqq.\n  See 'nixos-nspawn plugins install --help' for the flags.\n",
    );
  });

  it('is a usage error where a flag lacks its value', () => {
    const { status, stderr } = nspawn('create', 'web', '--flake');
    expect(status).to.equal(64);
    expect(stderr).to.equal(
      "Error: Flag --flake expects a value.\n  See 'nixos-nspawn create --help' for the flags.\n",
    );
  });
});

describe('--help', () => {
  it('shows how a command is typed in one line, and the global flags only by name', () => {
    const { stdout } = nspawn('run', '--help');
    expect(stdout).to.include('$ nixos-nspawn run NAME [FLAGS] -- COMMAND [ARGUMENT...]\n');
    expect(stdout).to.include("'nixos-nspawn --help' describes them.");
    expect(stdout).not.to.include('Seconds to wait for another run');
    expect(nspawn('create', '--help').stdout).to.include('$ nixos-nspawn create NAME [FLAGS]\n');
  });

  it('describes the global flags, and lists no command twice', () => {
    const { stdout } = nspawn('--help');
    expect(stdout).to.match(/--wait=SECONDS +Seconds to wait for another run/);
    const listed = [...stdout.matchAll(/^ {2}([a-z-]+) {2,}/gm)].map(([, name = '']) => name);
    expect(listed).to.include('addresses').and.not.include('ip');
  });
});
