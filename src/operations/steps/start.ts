import { notStarted } from '../../error-catalog.js';
import { NspawnError } from '../../errors.js';
import type { Places } from '../../host/layout.js';
import type { Step, Task } from '../../pipeline/steps.js';
import { unitJournal } from '../../systemd/journalctl.js';
import { startMachine } from '../../systemd/machine.js';
import type { Change } from '../change.js';

/** How many of the unit's last journal lines an error carries. */
const LAST_WORDS = 20;

/** Starts the container and waits until its init says that it is ready. */
export function startStep(change: Change): Step {
  return {
    title: 'Start',
    run: async (task) => {
      const { places, transaction } = change;
      await transaction.willUndo({ do: 'stop-machine', name: places.name, service: places.service });
      await startAndExplain(places, task);
    },
  };
}

/** Starts it; a failure carries what the container's journal says. @throws `not-started` */
export async function startAndExplain(places: Places, task: Task): Promise<void> {
  await explained(places, () => startMachine(places.name, places.service, task));
}

/** Runs what starts, restarts or reloads the container, and adds the journal to its failure. */
export async function explained(places: Places, act: () => Promise<void>): Promise<void> {
  const since = new Date();
  try {
    await act();
  } catch (error) {
    if (!(error instanceof NspawnError) || error.code !== 'command-failed') throw error;
    throw notStarted(places.name, error, await unitJournal(places.service, since, LAST_WORDS));
  }
}
