import { forwards } from '../by-hand.js';
import { calling, cutShort, onFullDisk, unregistered } from './cells.js';
import { buildWeb, PORT } from './faulty-builds.js';
import { failureMatrix } from './matrix.js';

/** A file here shows that the state is whole. */
const PRECIOUS = '/var/lib/machines/web/srv';

failureMatrix('rename, with each fault at each step', 'matrix-rename', (bench) => ({
  verb: 'rename',
  args: () => ['rename', 'web', 'shop', '--restart'],
  disks: { '/var/lib/nixos-nspawn': 1, '/nix/var/nix/profiles': 1, '/etc/systemd': 2 },
  withState: false,
  watched: [PRECIOUS],
  arrange: async () => {
    const { host, tool } = bench();
    await tool.get(['create', 'web', '--profile', await buildWeb(host, '1')]);
    await host.writeFile(`${PRECIOUS}/data`, 'precious');
    await forwards(host, PORT);
  },
  clear: ['remove', 'shop', '--delete-state'],
  rows: [
    {
      step: 'rename-generations',
      cells: calling('rename-generations', { program: 'nix-store', word: '--references' }),
    },
    {
      step: 'pair-names',
      cells: { ...cutShort('pair-names'), ...onFullDisk('pair-names', '/var/lib/nixos-nspawn') },
    },
    {
      step: 'stop',
      cells: {
        ...cutShort('stop'),
        refused: { fault: { kind: 'machined-refuses', members: ['KillMachine'] } },
      },
    },
    {
      step: 'set-profile',
      cells: {
        ...calling('set-profile', { program: 'nix-store', word: '--import' }),
        ...onFullDisk('set-profile', '/nix/var/nix/profiles'),
      },
    },
    {
      step: 'write-units',
      // A full disk is no obstacle: the files of the former name are deleted first.
      cells: calling('write-units', { program: 'systemctl', word: '--property=NeedDaemonReload' }),
    },
    { step: 'move-state', cells: cutShort('move-state') },
    {
      step: 'remember-source',
      cells: { ...cutShort('remember-source'), ...onFullDisk('remember-source', '/var/lib/nixos-nspawn') },
    },
    { step: 'remove-profile', cells: cutShort('remove-profile') },
    {
      step: 'start',
      cells: { ...calling('start', { program: 'systemctl', word: 'start' }), ...unregistered },
    },
  ],
}));
