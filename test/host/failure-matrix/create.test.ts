import { flakeOf } from '../tool.js';
import {
  bringingUp,
  cutShort,
  evaluating,
  onFullDisk,
  remembering,
  switching,
  writingUnits,
} from './cells.js';
import { buildInitCrash, buildNeverReady, buildWeb } from './faulty-builds.js';
import { failureMatrix } from './matrix.js';

failureMatrix('create, with each fault at each step', 'matrix-create', (bench) => {
  const built = { web: '', neverReady: '', initCrash: '' };
  const from = (path: string) => ['create', 'web', '--profile', path];
  const fromFlake = () => ['create', 'web', '--flake', flakeOf('web')];
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
      // Creates what systemd and the tool create once and keep.
      await tool.get(fromFlake());
      await tool.get(['remove', 'web', '--delete-state']);
    },
    rows: [
      evaluating(fromFlake),
      switching('set-profile', '--set'),
      writingUnits({ program: 'networkctl', word: 'reload' }),
      {
        step: 'prepare-state',
        cells: {
          ...cutShort('prepare-state'),
          ...onFullDisk('prepare-state', '/var/lib/machines'),
        },
      },
      remembering,
      bringingUp('start', 'start', {
        'never-ready': () => from(built.neverReady),
        crash: () => from(built.initCrash),
      }),
    ],
  };
});
