import { unitsFailed } from '../../errors/activation.js';
import { isCommandFailure } from '../../errors/nspawn-error.js';
import { failingUnits, unitsStatus } from '../../systemd/inside-failures.js';
import type { Scene } from '../operation.js';

/** The units that have failed already; null of a container that cannot be asked. */
export async function failingBefore(name: string, signal: AbortSignal): Promise<string[] | null> {
  return orNull(() => failingUnits(name, { signal }));
}

/**
 * Finds the units that fail after an activation and had not failed before: by then the container has said that its boot
 * is over, which systemd does when no job is left (src/core/manager.c, manager_check_finished).
 *
 * Where nobody knows what had failed before, as in a container that did not run, they are only named.
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
    warn(`'${name}' does not tell which of its units have failed.`);
    return;
  }
  const fresh = after.filter((unit) => !before?.includes(unit));
  if (fresh.length === 0) return;
  const error = unitsFailed(name, fresh, (await orNull(() => unitsStatus(name, fresh, { signal }))) ?? '');
  if (before !== null && !ignore) throw error;
  warn(error.message);
}

/** A container whose service manager does not answer; anything else is a failure. */
async function orNull<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (isCommandFailure(error)) return null;
    throw error;
  }
}
