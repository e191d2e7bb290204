import { calling, onFullDisk } from './cells.js';
import { buildWeb } from './faulty-builds.js';
import { failureMatrix } from './matrix.js';

const PROFILE = '/nix/var/nix/profiles/per-nspawn/web/system';

failureMatrix('prune, with each fault at each step', 'matrix-prune', (bench) => {
  let first = '';
  /** Creates generations before the newest and current one, without Nix. */
  const older = async () => {
    for (const number of [1, 2, 3, 4])
      await bench().host.run(['ln', '-sfn', first, `${PROFILE}-${number}-link`]);
  };
  return {
    verb: 'prune',
    args: () => ['prune', 'web', '--keep', '1'],
    disks: { '/var/lib/nixos-nspawn': 1 },
    withState: true,
    arrange: async () => {
      const { host, tool } = bench();
      first = await buildWeb(host, '1');
      await tool.get(['create', 'web', '--profile', first]);
      await tool.get(['stop', 'web']);
      await host.run(['ln', '-s', await buildWeb(host, '5'), `${PROFILE}-5-link`]);
      await host.run(['ln', '-sfn', 'system-5-link', PROFILE]);
      await older();
    },
    takeBack: older,
    rows: [
      {
        step: 'count-free',
        cells: calling('count-free', { program: 'nix-store', word: '--print-roots' }),
      },
      {
        step: 'forget-generations',
        cells: {
          ...calling('forget-generations', { program: 'nix-env', word: '--delete-generations' }),
          ...onFullDisk('forget-generations', '/var/lib/nixos-nspawn'),
        },
      },
    ],
  };
});
