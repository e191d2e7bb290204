import { pause } from '../base/pause.js';
import { interrupted } from '../errors/commands.js';
import { isCommandFailure } from '../errors/nspawn-error.js';
import { endUnitInside, killUnitInside } from '../systemd/inside.js';
import type { TransientCommand } from '../systemd/systemd-run.js';

/** Milliseconds between attempts to deliver a signal to a command that is just being started. */
const BETWEEN_TRIES = 50;

/** Milliseconds that an aborted command gets to end after SIGTERM. */
const GRACE = 5000;

/**
 * Calls `start`, which runs a command with systemd-run. `start` receives a function that passes a signal on to the
 * command. (A signal to systemd-run would only end systemd-run.) The command is ended if the caller's signal aborts or
 * if `start` fails.
 *
 * @throws NspawnError `interrupted` if the caller's signal aborted
 */
export async function whileSignalled<Result>(
  { machine, unit }: TransientCommand,
  { signal }: { signal: AbortSignal },
  start: (onSignal: (received: NodeJS.Signals) => void) => Promise<Result>,
): Promise<Result> {
  const ended = new AbortController();
  const deliveries: Promise<[PromiseSettledResult<void>]>[] = [];
  const owe = (delivery: Promise<void>) => {
    deliveries.push(Promise.allSettled([delivery]));
  };
  const onAbort = () => owe(end(machine, unit, ended.signal));
  signal.addEventListener('abort', onAbort, { once: true });
  let result: Result;
  try {
    if (signal.aborted) throw interrupted(signal.reason);
    result = await start((received) => owe(deliver(machine, unit, received, ended.signal)));
  } catch (error) {
    // systemd-run failed, for example because the command printed too much. The command itself would keep running.
    if (isCommandFailure(error)) await endUnitInside(machine, unit);
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    ended.abort();
  }
  for (const [delivery] of await Promise.all(deliveries))
    if (delivery.status === 'rejected') throw delivery.reason;
  if (signal.aborted) throw interrupted(signal.reason);
  return result;
}

/** Retries until the command has received the signal. It is not a failure if the command ends before that. */
async function deliver(
  machine: string,
  unit: string,
  received: NodeJS.Signals,
  ended: AbortSignal,
): Promise<void> {
  try {
    while (!(await killUnitInside(machine, unit, received, { signal: ended })))
      await pause(BETWEEN_TRIES, ended);
  } catch (error) {
    if (!ended.aborted) throw error;
  }
}

/** Sends SIGTERM. If the command does not end in time, kills it and everything that it started. */
async function end(machine: string, unit: string, ended: AbortSignal): Promise<void> {
  await deliver(machine, unit, 'SIGTERM', ended);
  await pause(GRACE, ended).catch(() => undefined);
  if (!ended.aborted) await endUnitInside(machine, unit);
}
