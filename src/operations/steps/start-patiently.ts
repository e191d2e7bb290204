import { pause } from '../../base/pause.js';
import { NspawnError } from '../../errors/nspawn-error.js';
import type { Places } from '../../host/layout.js';
import type { Task } from '../../pipeline/steps.js';
import { forgetFailure } from '../../systemd/machine.js';
import { startAndExplain } from './start.js';

/** The Python tool makes the same number of attempts. */
const TRIES = 3;

/** Milliseconds between two attempts. What a start at boot waits for (a disk, a bridge) appears within moments. */
const PAUSE = 1000;

/**
 * Starts a container, with several attempts if necessary. Calls `tell` with the number of each attempt.
 *
 * @throws `not-started` of the last attempt
 */
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
      task.progress(`attempt ${attempt} of ${TRIES} failed; trying again`);
    }
    await pause(PAUSE, task.signal);
    // Otherwise the failed attempts would count against the unit's start limit.
    await forgetFailure(places.service);
  }
}
