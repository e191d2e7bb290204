import { forwards } from '../by-hand.js';
import { calling, cutShort, onFullDisk } from './cells.js';
import { buildWeb, PORT } from './faulty-builds.js';
import { failureMatrix } from './matrix.js';

/** The directory of the undo journal. If its disk is full, the change cannot begin. */
const MEMORY = '/var/lib/nixos-nspawn';

failureMatrix('remove, with each fault at each step', 'matrix-remove', (bench) => ({
  verb: 'remove',
  args: () => ['remove', 'web', '--delete-state'],
  disks: { [MEMORY]: 1 },
  withState: false,
  arrange: async () => {
    const { host, tool } = bench();
    await tool.get(['create', 'web', '--profile', await buildWeb(host, '1')]);
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
    {
      step: 'remove-units',
      cells: {
        ...calling('remove-units', { program: 'systemctl', word: '--property=NeedDaemonReload' }),
        ...onFullDisk('remove-units', MEMORY),
      },
      // Stop the container once, because each stop takes time. The results of this step and the next ones do not depend
      // on it.
      arrange: async () => {
        await bench().tool.get(['stop', 'web']);
      },
    },
    { step: 'remove-profile', cells: cutShort('remove-profile') },
    { step: 'delete-state', cells: cutShort('delete-state') },
  ],
}));
