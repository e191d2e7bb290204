import { forwards } from '../by-hand.js';
import { bringingUp, calling, cutShort, onFullDisk } from './cells.js';
import { buildWeb, PORT } from './faulty-builds.js';
import { failureMatrix } from './matrix.js';

/** The directory of the undo journal. If its disk is full, the change cannot begin. */
const MEMORY = '/var/lib/nixos-nspawn';

/** A file here shows that the former state is restored. */
const PRECIOUS = '/var/lib/machines/web/srv';

failureMatrix('reset, with each fault at each step', 'matrix-reset', (bench) => {
  const { cells, ...start } = bringingUp('start', 'start', { 'never-ready': () => [], crash: () => [] });
  // The generation stays the same, so there is no configuration that does not start.
  const { 'never-ready': _, crash: __, ...begun } = cells;
  return {
    verb: 'reset',
    args: () => ['reset', 'web'],
    disks: { [MEMORY]: 1 },
    withState: false,
    watched: [PRECIOUS],
    arrange: async () => {
      const { host, tool } = bench();
      await tool.get(['create', 'web', '--profile', await buildWeb(host, '1')]);
      await host.writeFile(`${PRECIOUS}/data`, 'precious');
      await forwards(host, PORT);
    },
    rows: [
      {
        step: 'stop',
        cells: {
          ...calling('stop', { program: 'systemctl', word: 'show' }),
          ...onFullDisk('stop', MEMORY),
          refused: { fault: { kind: 'machined-refuses', members: ['KillMachine'] } },
        },
      },
      { step: 'delete-state', cells: cutShort('delete-state') },
      { step: 'prepare-state', cells: cutShort('prepare-state') },
      { ...start, cells: begun },
    ],
  };
});
