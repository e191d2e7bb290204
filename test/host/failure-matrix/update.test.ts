import { forwards } from '../by-hand.js';
import { flakeOf } from '../tool.js';
import { bringingUp, cutShort, evaluating, planning, remembering, switching, writingUnits } from './cells.js';
import { buildInitCrash, buildNeverReady, buildWeb, PORT } from './faulty-builds.js';
import { failureMatrix } from './matrix.js';

failureMatrix('update, with each fault at each step', 'matrix-update', (bench) => {
  const built = { web: '', neverReady: '', initCrash: '' };
  const to = (path: string) => ['update', 'web', '--profile', path, '--strategy', 'restart'];
  const toFlake = () => ['update', 'web', '--flake', flakeOf('web-2'), '--strategy', 'restart'];
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
      evaluating(toFlake),
      planning,
      switching('set-profile', '--set'),
      writingUnits({ program: 'systemctl', word: '--property=NeedDaemonReload' }),
      { step: 'prepare-state', cells: cutShort('prepare-state') },
      remembering,
      bringingUp('activate', 'restart', {
        'never-ready': () => to(built.neverReady),
        crash: () => to(built.initCrash),
      }),
    ],
  };
});
