import { pause } from '../../base/pause.js';
import { NspawnError } from '../../errors/nspawn-error.js';
import type { Places } from '../../host/layout.js';
import type { Task } from '../../pipeline/steps.js';
import { forgetFailure } from '../../systemd/machine.js';
import { startAndExplain } from './start.js';

/** As often as the Python tool tries. */
const TRIES = 3;

/** Milliseconds between two tries: what a start at boot waits for (a disk, a bridge) comes within moments. */
const PAUSE = 1000;

/** Starts a container, a few times if need be; `tell` hears the number of each try. @throws `not-started` of the last */
export async function startPatiently(
  places: Places,
  task: Task,
  tell: (attempt: number) => void,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    tell(attempt);
    try {
      return await startAndExplain(places, task);
    } catch (error) {
      const again = error instanceof NspawnError && error.code === 'not-started' && attempt < TRIES;
      if (!again) throw error;
      task.progress(`try ${attempt} of ${TRIES} failed; trying again`);
    }
    await pause(PAUSE, task.signal);
    // Otherwise the failed tries would count for the unit's start limit.
    await forgetFailure(places.service);
  }
}
