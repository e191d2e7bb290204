import type { Act } from '../../pipeline/steps.js';
import { keepRunningUndo } from '../../pipeline/undo.js';
import { isAtRest, stopMachine } from '../../systemd/machine.js';
import { findMachine } from '../../systemd/registered-machines.js';
import type { Guarded, Scene } from '../operation.js';

/** Stops the container, and starts it again if the change is undone. */
export const stopAct: Act<Scene & Guarded> = {
  id: 'stop',
  title: 'Stop',
  skip: async ({ places }) => ((await isAtRest(places.name, places.service)) ? 'it is not running' : null),
  run: async ({ places, transaction }, task) => {
    if ((await findMachine(places.name)) !== null) {
      await transaction.willUndo(
        { do: 'start-machine', name: places.name, service: places.service },
        // The start begins another run, whose closures Nix must keep.
        keepRunningUndo(places, null),
      );
    }
    await stopMachine(places.name, places.service, task);
  },
};
