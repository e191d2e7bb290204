import { forwards } from '../by-hand.js';
import { bringingUp, cutShort, planning, remembering, switching, writingUnits } from './cells.js';
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
      planning,
      switching('switch-generation', '--switch-generation'),
      writingUnits({ program: 'systemctl', word: '--property=NeedDaemonReload' }),
      { step: 'prepare-state', cells: cutShort('prepare-state') },
      remembering,
      bringingUp('activate', 'restart', { 'never-ready': () => to(2), crash: () => to(3) }),
    ],
  };
});
