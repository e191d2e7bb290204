import { isCommandFailure, type NspawnError } from '../errors/nspawn-error.js';
import { failingUnits, forgetFresh } from './inside-failures.js';
import { reloadExitCode, reloadUnit } from './systemctl.js';

/** The exit code of NixOS's switch-to-configuration if any unit is failed, even one that failed long before. */
const UNITS_FAILED = 4;

/**
 * Makes the running container switch to the configuration in its service's ExecReload=.
 *
 * @returns the failure if the container did switch but reports failed units; the caller finds out which of them are new
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
 * Makes a container switch back. The earlier configuration is not to blame for the resulting state, so failed units are
 * not an error.
 *
 * @param before the units that had failed before the change; null if unknown
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
