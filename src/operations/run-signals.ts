import { pause } from '../base/pause.js';
import { interrupted } from '../errors/commands.js';
import { isCommandFailure } from '../errors/nspawn-error.js';
import { endUnitInside, killUnitInside } from '../systemd/inside.js';
import type { TransientCommand } from '../systemd/systemd-run.js';

/** How often a signal is tried to be delivered to a command that is just being started, in milliseconds. */
const BETWEEN_TRIES = 50;

/** Milliseconds that an aborted command has to end after SIGTERM. */
const GRACE = 5000;

/**
 * Runs a command by `start`, which is given the way to hand on the signals that this process gets: systemd-run would take
 * them as its own end. When the caller's signal aborts, or `start` fails, the command is ended.
 *
 * @throws NspawnError `interrupted` where the caller's signal aborted
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
    // Of systemd-run, say for saying too much; the command itself would go on.
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

/** Tries until the command has received the signal. A command that ends before that is not a failure. */
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

/** Sends SIGTERM, and kills the command and everything that it started if it does not end in time. */
async function end(machine: string, unit: string, ended: AbortSignal): Promise<void> {
  await deliver(machine, unit, 'SIGTERM', ended);
  await pause(GRACE, ended).catch(() => undefined);
  if (!ended.aborted) await endUnitInside(machine, unit);
}
