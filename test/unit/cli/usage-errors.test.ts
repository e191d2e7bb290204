import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { door } from '../built-program.js';

function nspawn(...argv: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [door, ...argv], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { status, stdout, stderr };
}

/** Each way in which oclif refuses a command line, with the message of the tool. */
const REFUSALS = {
  'a value of the wrong type': ['list --wait abc', '--wait: Expected an integer but received: abc.'],
  'a value that is out of range': [
    'list --hook-timeout 0',
    '--hook-timeout: Expected an integer greater than or equal to 1 but received: 0.',
  ],
  'a flag without its value': ['create web --flake', 'Flag --flake expects a value.'],
  'a doubled flag': ['create web --flake a --flake b', 'Flag --flake can only be specified once.'],
  'an unknown flag': ['list --qqq', 'Nonexistent flag: --qqq.'],
  'a missing argument': ['completions', 'Missing 1 required arg:'],
  'an unexpected argument': ['create web web2 --flake a', 'Unexpected argument: web2.'],
  'an unexpected argument of a command that takes none': [
    'list web',
    "'list' does not accept the argument 'web'.",
  ],
  'a value of a flag that is not one of the choices': [
    'list --type maybe',
    'Expected --type=maybe to be one of: imperative, declarative.',
  ],
  'an argument that is not one of the choices': [
    'completions tcsh',
    'Expected tcsh to be one of: bash, zsh, fish.',
  ],
  'flags that exclude each other': [
    'addresses web --ipv4 --ipv6',
    '--ipv6=true cannot also be provided when using --ipv4.',
  ],
  'a flag without the one that it depends on': [
    'doctor --yes',
    'All of the following must be provided when using --yes: --fix.',
  ],
} as const;

describe('a command line that is not valid', () => {
  for (const [what, [line, message]] of Object.entries(REFUSALS)) {
    it(`has ${what}: ${line}`, () => {
      const { status, stdout, stderr } = nspawn(...line.split(' '));
      expect({ status, stdout }).to.deep.equal({ status: 64, stdout: '' });
      const [first, ...steps] = stderr.split('\n');
      expect(first).to.equal(`Error: ${message}`);
      const [verb] = line.split(' ');
      expect(steps.join('\n')).to.include(`'nixos-nspawn ${verb} --help'`);
      expect(stderr).not.to.match(/report this/i);
    });

    it(`has ${what}, with JSON output: ${line} --json`, () => {
      const { status, stdout, stderr } = nspawn(...line.split(' '), '--json');
      expect({ status, stderr }).to.deep.equal({ status: 64, stderr: '' });
      expect(stdout).to.match(/^[^\n]+\n$/);
      const { error } = JSON.parse(stdout);
      expect(error).to.include({ code: 'usage', exit_code: 64, message });
    });
  }

  it('has a misspelt flag: suggests the right one', () => {
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
});

describe('--help', () => {
  it('shows the usage of a command in one line, and only the names of the global flags', () => {
    const { stdout } = nspawn('run', '--help');
    expect(stdout).to.include('$ nixos-nspawn run NAME [FLAGS] -- COMMAND [ARGUMENT...]\n');
    expect(stdout).to.include("'nixos-nspawn --help' describes them.");
    expect(stdout).not.to.include('Seconds to wait for another run');
    expect(nspawn('create', '--help').stdout).to.include('$ nixos-nspawn create NAME [FLAGS]\n');
  });

  it('without a command describes the global flags, and lists no command twice', () => {
    const { stdout } = nspawn('--help');
    expect(stdout).to.match(/--wait=SECONDS +Seconds to wait for another run/);
    const listed = [...stdout.matchAll(/^ {2}([a-z-]+) {2,}/gm)].map(([, name = '']) => name);
    expect(listed).to.include('addresses').and.not.include('ip');
  });
});
