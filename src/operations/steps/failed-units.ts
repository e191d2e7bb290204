import { unitsFailed } from '../../errors/activation.js';
import { isCommandFailure } from '../../errors/nspawn-error.js';
import { failingUnits, unitsStatus } from '../../systemd/inside-failures.js';
import type { Scene } from '../operation.js';

/** The units that have failed already; null if the container cannot be queried. */
export async function failingBefore(name: string, signal: AbortSignal): Promise<string[] | null> {
  return orNull(() => failingUnits(name, { signal }));
}

/**
 * Finds the units that failed after an activation and had not failed before. By then, the container has reported that
 * its boot is over, which systemd does when no job is left (src/core/manager.c, manager_check_finished).
 *
 * If it is unknown which units had failed before, as for a container that was not running, they are only a warning.
 *
 * @throws NspawnError `units-failed`
 */
export async function judgeUnits(
  { context, places }: Scene,
  before: readonly string[] | null,
  { ignore, signal }: { ignore: boolean; signal: AbortSignal },
): Promise<void> {
  const { name } = places;
  const warn = (message: string) =>
    context.listener({ container: name, type: 'warning', code: 'units-failed', message });
  const after = await orNull(() => failingUnits(name, { signal }));
  if (after === null) {
    warn(`The failed units of '${name}' are unknown, because its service manager does not answer.`);
    return;
  }
  const fresh = after.filter((unit) => !before?.includes(unit));
  if (fresh.length === 0) return;
  const error = unitsFailed(name, fresh, (await orNull(() => unitsStatus(name, fresh, { signal }))) ?? '');
  if (before !== null && !ignore) throw error;
  warn(error.message);
}

/** Null if the container's service manager does not answer. Anything else is a failure. */
async function orNull<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (isCommandFailure(error)) return null;
    throw error;
  }
}
