import { notReloaded } from '../../errors/activation.js';
import { isCommandFailure, type NspawnError } from '../../errors/nspawn-error.js';
import type { Places } from '../../host/layout.js';
import type { Task } from '../../pipeline/steps.js';
import { failingUnits } from '../../systemd/inside-failures.js';
import { unitJournal } from '../../systemd/journalctl.js';
import { reloadMachine } from '../../systemd/reload.js';
import { reloadExitCode } from '../../systemd/systemctl.js';
import { LAST_WORDS } from './start.js';

/** systemd.exec(5), "Process Exit Codes": EXIT_EXEC, for a program that could not be executed. */
const NOT_EXECUTED = 203;

/**
 * Makes the running container switch to its new configuration. Failed units are not a failure here, because the caller
 * finds out which of them are new.
 *
 * @throws NspawnError `not-reloaded`
 */
export async function reloadAndExplain({ name, service }: Places, task: Task): Promise<void> {
  const since = new Date();
  const failed = async (cause: NspawnError, why: string | null) =>
    notReloaded(name, cause, await unitJournal(service, since, LAST_WORDS), why);
  let told: NspawnError | null;
  try {
    told = await reloadMachine(service, { signal: task.signal });
  } catch (error) {
    if (!isCommandFailure(error)) throw error;
    const isMissing = (await reloadExitCode(service)) === NOT_EXECUTED;
    throw await failed(error, isMissing ? 'its switch-to-configuration could not be executed' : null);
  }
  if (told !== null && (await failingUnits(name, { signal: task.signal })).length === 0)
    throw await failed(told, 'it reports failed units, but there are none');
}
