import { join } from 'node:path';
import { isPresent } from '../base/files.js';
import { noJournal } from '../errors/containers.js';
import { asNspawnError } from '../errors/nspawn-error.js';
import { type JournalRequest, journalLines, journalText, showJournal } from '../systemd/journalctl.js';
import type { OperationOptions } from './context.js';
import { withKnownErrors } from './known-errors.js';
import { lookAt } from './reachable.js';
import { requireRoot } from './require-root.js';

export interface LogsRequest {
  /** The name of the container. */
  name: string;
  /** Only entries of this unit in the container. */
  unit?: string | undefined;
  /** What its service logged on the host, instead of the container's own journal. */
  host?: boolean | undefined;
  /** A time as journalctl(1) takes it: `today`, `-1h`, `2026-11-25 12:00`. */
  since?: string | undefined;
  /** Only this many of the last entries. */
  lines?: number | undefined;
}

export type AttachLogsRequest = LogsRequest & {
  /** Keep showing new entries as they arrive. */
  follow?: boolean | undefined;
};

/**
 * Reads a container's journal, whether it is running or not. The journal of a stopped one is read from its state
 * directory.
 *
 * @returns a line for each entry, with time, host and program, as journalctl(1) writes them; empty if there is none
 * @throws NspawnError `no-such-container`, `interrupted`; `no-journal` if a stopped container has no journal;
 * `command-failed` if journalctl rejects an argument, such as `since`
 */
export async function readLogs(request: LogsRequest, options: OperationOptions = {}): Promise<string> {
  return await withKnownErrors(async () => {
    return journalText(await journalOf(request, options), options);
  });
}

/**
 * Yields the lines of `readLogs`, and then each new one as it arrives, without an end. To stop, leave the loop, or
 * abort the signal of the options, which throws `interrupted`.
 *
 * @throws NspawnError as `readLogs` does
 */
export async function* followLogs(
  request: LogsRequest,
  options: OperationOptions = {},
): AsyncGenerator<string, void, undefined> {
  try {
    yield* journalLines({ ...(await journalOf(request, options)), follow: true }, options);
  } catch (error) {
    throw asNspawnError(error);
  }
}

/**
 * Shows a container's journal on this process's standard output, on a terminal with a pager. Signals that this process
 * receives are forwarded to journalctl until it ends.
 *
 * @returns journalctl's exit code
 * @throws NspawnError as `readLogs` does
 */
export async function attachLogs(
  request: AttachLogsRequest,
  options: OperationOptions = {},
): Promise<number> {
  return await withKnownErrors(async () => {
    return showJournal({ ...(await journalOf(request, options)), follow: request.follow ?? false });
  });
}

async function journalOf(request: LogsRequest, options: OperationOptions): Promise<JournalRequest> {
  const { container, machine } = await lookAt(request.name, options);
  const { host = false, since = null, lines = null } = request;
  const shared = { follow: false, since, lines };
  if (host) return { ...shared, of: 'host', unit: container.places.service };
  requireRoot(`Reading the journal of container '${container.name}'`);
  const of = machine?.isRegistered ? { machine: machine.name } : await storedJournal(container);
  return { ...shared, of, unit: request.unit ?? null };
}

async function storedJournal({
  name,
  places,
}: Awaited<ReturnType<typeof lookAt>>['container']): Promise<JournalRequest['of']> {
  const directory = join(places.stateDir, 'var', 'log', 'journal');
  if (!(await isPresent(directory))) throw noJournal(name, directory);
  return { directory };
}
