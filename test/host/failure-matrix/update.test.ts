import { forwards } from '../by-hand.js';
import { flakeOf } from '../tool.js';
import { calling, cutShort, onFullDisk, unregistered, withConfigurations } from './cells.js';
import { buildInitCrash, buildNeverReady, buildWeb, PORT } from './faulty-builds.js';
import { failureMatrix } from './matrix.js';

failureMatrix('update, with each fault at each step', 'matrix-update', (bench) => {
  const built = { web: '', neverReady: '', initCrash: '' };
  const to = (path: string) => ['update', 'web', '--profile', path, '--strategy', 'restart'];
  const toFlake = () => ['update', 'web', '--flake', flakeOf('web-2'), '--strategy', 'restart'];
  const build = calling('Evaluate and build', { program: 'nix', word: 'build' });
  return {
    verb: 'update',
    args: () => to(built.web),
    disks: { '/var/lib/nixos-nspawn': 1, '/nix/var/nix/profiles': 1, '/etc/systemd': 2 },
    withState: false,
    arrange: async () => {
      const { host, tool } = bench();
      built.web = await buildWeb(host, '2', { ula: 'fd13::/64' });
      built.neverReady = await buildNeverReady(host);
      built.initCrash = await buildInitCrash(host);
      await tool.create('web');
      await forwards(host, PORT);
    },
    rows: [
      {
        step: 'Evaluate and build',
        cells: Object.fromEntries(
          Object.entries({ ...build, ...onFullDisk('Evaluate and build', '/var/lib/nixos-nspawn') }).map(
            ([column, cell]) => [column, { ...cell, args: toFlake }],
          ),
        ),
      },
      {
        step: 'Plan the activation',
        cells: calling('Plan the activation', { program: 'machinectl', word: 'show' }),
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
          ...calling('Write unit files', { program: 'systemctl', word: 'daemon-reload' }),
          ...onFullDisk('Write unit files', '/etc/systemd'),
        },
      },
      { step: 'Prepare state directories', cells: cutShort('Prepare state directories') },
      {
        step: 'Remember the source',
        cells: {
          ...cutShort('Remember the source'),
          ...onFullDisk('Remember the source', '/var/lib/nixos-nspawn'),
        },
      },
      {
        step: 'Activate',
        cells: {
          ...calling('Activate', { program: 'systemctl', word: 'restart' }),
          ...unregistered,
          ...withConfigurations({
            'never-ready': () => to(built.neverReady),
            crash: () => to(built.initCrash),
          }),
        },
      },
    ],
  };
});
