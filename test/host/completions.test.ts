import { expect } from 'chai';
import { FIXTURES, type Host } from './host.js';
import { describeOnHost } from './suite.js';
import { Terminal } from './terminal.js';

/** Each shell, without settings of the user, and how it loads the script according to the help of `completions`. */
const shells = [
  {
    shell: 'bash',
    script: '/etc/bash_completion.d/nixos-nspawn',
    argv: ['env', 'PS1=> ', 'bash', '--norc'],
    setup: 'source /etc/bash_completion.d/nixos-nspawn',
  },
  {
    shell: 'zsh',
    script: '/usr/local/share/zsh/site-functions/_nixos-nspawn',
    argv: ['env', 'PS1=> ', 'zsh', '-f'],
    setup: 'autoload -Uz compinit; compinit -u -D',
  },
  {
    shell: 'fish',
    script: '/etc/fish/completions/nixos-nspawn.fish',
    argv: ['fish', '--no-config'],
    setup: 'function fish_prompt; echo -n "> "; end; source /etc/fish/completions/nixos-nspawn.fish',
  },
] as const;

/** What is typed, and what it becomes when Tab is pressed once. */
const examples = [
  { of: 'a command', typed: 'upd', becomes: 'update ' },
  { of: 'a command of a topic', typed: 'presets sh', becomes: 'presets show ' },
  { of: 'a flag', typed: 'remove --del', becomes: 'remove --delete-state ' },
  { of: 'a container', typed: 'remove st', becomes: 'remove storehouse ' },
  {
    of: 'a container after a global flag',
    typed: '--wait 5 remove st',
    becomes: '--wait 5 remove storehouse ',
  },
  { of: 'a generation', typed: 'rollback storehouse --to 1', becomes: 'rollback storehouse --to 17 ' },
  { of: 'a value', typed: 'list --type dec', becomes: 'list --type declarative ' },
  { of: 'a value after an equals sign', typed: 'list --type=dec', becomes: 'list --type=declarative ' },
  { of: 'a preset', typed: 'create new --preset ipvl', becomes: 'create new --preset ipvlan ' },
  {
    of: 'a container of a flake whose reference contains a colon',
    typed: `create new --flake ${FIXTURES}#stub`,
    becomes: `create new --flake ${FIXTURES}#stubborn `,
  },
  { of: 'a file', typed: 'create new --config /etc/fst', becomes: 'create new --config /etc/fstab ' },
];

describeOnHost('completions', 'completions', (host) => {
  before(async function () {
    this.timeout(300_000);
    await host().writeFile('/etc/fstab', '');
    await recordContainer(host(), 'storehouse', [3, 17]);
    for (const { shell, script } of shells) {
      const text = await host().ask(['nixos-nspawn', 'completions', shell]);
      await host().writeFile(script, `${text}\n`);
    }
  });

  for (const { shell, argv, setup } of shells) {
    describe(`in ${shell}`, () => {
      let terminal: Terminal;

      before(async function () {
        this.timeout(300_000);
        terminal = await Terminal.open(host(), shell, argv);
        await terminal.type(setup, ['Enter'], 'clear; echo re""ady', ['Enter']);
        await terminal.shows(/^ready/m);
      });

      after(async () => {
        await terminal.close();
      });

      for (const { of, typed, becomes } of examples) {
        it(`complete ${of}`, async function () {
          this.timeout(300_000);
          // The text that is typed after it shows where the completion ended.
          await terminal.type(['C-u'], `nixos-nspawn ${typed}`, ['Tab'], 'END');
          await terminal.shows(`nixos-nspawn ${becomes}END`);
        });
      }
    });
  }

  it('are one document with --json', async () => {
    const { script } = JSON.parse(await host().ask(['nixos-nspawn', 'completions', 'bash', '--json']));
    expect(script).to.include('complete -F _nixos_nspawn nixos-nspawn');
  });
});

/** Creates the links of a container. Completion reads nothing else. */
async function recordContainer(host: Host, name: string, generations: readonly number[]): Promise<void> {
  const directory = `/nix/var/nix/profiles/per-nspawn/${name}`;
  await host.run(['mkdir', '-p', directory, '/etc/systemd/nspawn']);
  for (const number of generations)
    await host.run(['ln', '-s', '/var/empty', `${directory}/system-${number}-link`]);
  await host.run([
    'ln',
    '-s',
    `${directory}/system/nixos-nspawn/${name}.nspawn`,
    `/etc/systemd/nspawn/${name}.nspawn`,
  ]);
}
