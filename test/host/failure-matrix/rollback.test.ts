import { forwards } from '../by-hand.js';
import { calling, cutShort, onFullDisk, unregistered, withConfigurations } from './cells.js';
import { buildInitCrash, buildNeverReady, buildWeb, PORT } from './faulty-builds.js';
import { failureMatrix } from './matrix.js';

failureMatrix('rollback, with each fault at each step', 'matrix-rollback', (bench) => {
  const to = (generation: number) => ['rollback', 'web', '--to', String(generation), '--strategy', 'restart'];
  return {
    verb: 'rollback',
    args: () => to(1),
    disks: { '/var/lib/nixos-nspawn': 1, '/nix/var/nix/profiles': 1, '/etc/systemd': 2 },
    withState: false,
    arrange: async () => {
      const { host, tool } = bench();
      await tool.get(['create', 'web', '--profile', await buildWeb(host, '1')]);
      for (const path of [await buildNeverReady(host), await buildInitCrash(host)])
        await tool.get(['update', 'web', '--profile', path, '--strategy', 'none']);
      const fourth = await buildWeb(host, '4');
      await tool.get(['update', 'web', '--profile', fourth, '--strategy', 'restart']);
      await forwards(host, PORT);
    },
    rows: [
      {
        step: 'Plan the activation',
        cells: calling('Plan the activation', { program: 'machinectl', word: 'show' }),
      },
      {
        step: 'Switch to generation 1',
        cells: {
          ...calling('Switch to generation 1', { program: 'nix-env', word: '--switch-generation' }),
          ...onFullDisk('Switch to generation 1', '/nix/var/nix/profiles'),
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
          ...withConfigurations({ 'never-ready': () => to(2), crash: () => to(3) }),
        },
      },
    ],
  };
});
