import { hostPreventedStart, notStarted } from '../../errors/activation.js';
import { asNspawnError, isCommandFailure, NspawnError } from '../../errors/nspawn-error.js';
import type { Places } from '../../host/layout.js';
import type { Act, Task } from '../../pipeline/steps.js';
import { keepRunning } from '../../running/keep.js';
import { unitJournal } from '../../systemd/journalctl.js';
import { startMachine } from '../../systemd/machine.js';
import { hostsReason } from '../../systemd/start-failure.js';
import { hastenLease, reachableSoon } from '../online.js';
import type { Guarded, Scene } from '../operation.js';
import { judgeUnits } from './failed-units.js';

/** How many of the unit's last journal lines an error includes. */
export const LAST_WORDS = 20;

/**
 * Starts a new container and waits until its init reports that it is ready. Failed units inside are only a warning,
 * because there is no earlier generation that could be better.
 */
export const startAct: Act<Scene & Guarded> = {
  id: 'start',
  title: 'Start',
  run: async (given, task) => {
    const { places, transaction } = given;
    await transaction.willUndo({ do: 'stop-machine', name: places.name, service: places.service });
    await startAndExplain(places, task);
    await keepRunning(places, { signal: task.signal });
    await judgeUnits(given, null, { ignore: true, signal: task.signal });
  },
};

/** Starts the container. A failure includes what its journal says. @throws `not-started` */
export async function startAndExplain(places: Places, task: Task): Promise<void> {
  await explained(places, () => startMachine(places.name, places.service, task), task.signal);
}

/** What the host says about a failed start. If these queries fail, they must not hide the failure of the start. */
async function circumstances(service: string, since: Date): Promise<{ journal: string; why: string | null }> {
  try {
    const journal = await unitJournal(service, since, LAST_WORDS);
    return { journal, why: await hostsReason(service, journal) };
  } catch (error) {
    return { journal: `Its journal could not be read. ${asNspawnError(error).message}`, why: null };
  }
}

const isUnregistered = (error: unknown): error is NspawnError =>
  error instanceof NspawnError && error.code === 'not-registered';

/**
 * Runs a start or restart of the container, and adds the journal to a failure. Requests the container's DHCP lease as
 * soon as it is ready.
 *
 * @throws NspawnError `not-started`, `host-prevented-start`
 */
export async function explained(
  places: Places,
  act: () => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const { name, service } = places;
  const since = new Date();
  try {
    await reachableSoon(name, act);
  } catch (error) {
    if (!isCommandFailure(error) && !isUnregistered(error)) throw error;
    const { journal, why } = await circumstances(service, since);
    throw why === null ? notStarted(name, error, journal) : hostPreventedStart(name, error, journal, why);
  }
  await hastenLease(name, signal);
}
