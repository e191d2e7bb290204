import { flakeOf } from '../tool.js';
import { calling, cutShort, onFullDisk, unregistered, withConfigurations } from './cells.js';
import { buildInitCrash, buildNeverReady, buildWeb } from './faulty-builds.js';
import { failureMatrix } from './matrix.js';

failureMatrix('create, with each fault at each step', 'matrix-create', (bench) => {
  const built = { web: '', neverReady: '', initCrash: '' };
  const from = (path: string) => ['create', 'web', '--profile', path];
  const fromFlake = () => ['create', 'web', '--flake', flakeOf('web')];
  const build = calling('Evaluate and build', { program: 'nix', word: 'build' });
  return {
    verb: 'create',
    args: () => from(built.web),
    disks: {
      '/var/lib/nixos-nspawn': 1,
      '/nix/var/nix/profiles': 1,
      '/etc/systemd': 2,
      '/var/lib/machines': 64,
    },
    withState: true,
    arrange: async () => {
      const { host, tool } = bench();
      built.web = await buildWeb(host, '1');
      built.neverReady = await buildNeverReady(host);
      built.initCrash = await buildInitCrash(host);
      // What systemd and the tool make once and keep is there from now on.
      await tool.get(fromFlake());
      await tool.get(['remove', 'web', '--delete-state']);
    },
    rows: [
      {
        step: 'Evaluate and build',
        cells: Object.fromEntries(
          Object.entries({ ...build, ...onFullDisk('Evaluate and build', '/var/lib/nixos-nspawn') }).map(
            ([column, cell]) => [column, { ...cell, args: fromFlake }],
          ),
        ),
      },
      {
        step: 'Set the profile',
        cells: {
          ...calling('Set the profile', { program: 'nix-env', word: '--set' }),
          ...onFullDisk('Set the profile', '/nix/var/nix/profiles'),
        },
      },
      {
        step: 'Write unit files',
        cells: {
          ...calling('Write unit files', { program: 'networkctl', word: 'reload' }),
          ...onFullDisk('Write unit files', '/etc/systemd'),
        },
      },
      {
        step: 'Prepare state directories',
        cells: {
          ...cutShort('Prepare state directories'),
          ...onFullDisk('Prepare state directories', '/var/lib/machines'),
        },
      },
      {
        step: 'Remember the source',
        cells: {
          ...cutShort('Remember the source'),
          ...onFullDisk('Remember the source', '/var/lib/nixos-nspawn'),
        },
      },
      {
        step: 'Start',
        cells: {
          ...calling('Start', { program: 'systemctl', word: 'start' }),
          ...unregistered,
          ...withConfigurations({
            'never-ready': () => from(built.neverReady),
            crash: () => from(built.initCrash),
          }),
        },
      },
    ],
  };
});
