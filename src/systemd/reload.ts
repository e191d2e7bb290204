import { isCommandFailure, type NspawnError } from '../errors/nspawn-error.js';
import { failingUnits, forgetFresh } from './inside-failures.js';
import { reloadExitCode, reloadUnit } from './systemctl.js';

/** What NixOS's switch-to-configuration exits with where any unit is failed, also one that failed long before. */
const UNITS_FAILED = 4;

/**
 * Has the running container switch to the configuration that its service's ExecReload= names.
 *
 * @returns the failure where it did switch, and says that units are failed; the caller finds out which of them are new
 */
export async function reloadMachine(
  service: string,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<NspawnError | null> {
  try {
    await reloadUnit(service, options);
    return null;
  } catch (error) {
    if (!isCommandFailure(error)) throw error;
    if ((await reloadExitCode(service)) !== UNITS_FAILED) throw error;
    return error;
  }
}

/**
 * Has a container switch back. Its state afterwards is not the fault of the configuration that it goes back to, so
 * failed units are no failure.
 *
 * @param before the units that had failed before the change; null where nobody knows
 * @returns the units that are failed now and were not before the change
 */
export async function reloadBack(
  machine: string,
  service: string,
  before: readonly string[] | null,
): Promise<string[]> {
  if (before !== null) await forgetFresh(machine, before);
  if ((await reloadMachine(service)) === null) return [];
  return (await failingUnits(machine)).filter((unit) => !before?.includes(unit));
}
