import { join } from 'node:path';
import { needsRoot, noJournal } from '../error-catalog.js';
import { isPresent } from '../host/files.js';
import { type JournalRequest, showJournal } from '../systemd/journalctl.js';
import type { OperationOptions } from './context.js';
import { lookAt } from './reachable.js';

export interface LogsRequest {
  name: string;
  /** Only this unit's of the container. */
  unit?: string | undefined;
  /** What its service said on the host, instead of the container's own journal. */
  host?: boolean | undefined;
  follow?: boolean | undefined;
  /** A time as journalctl(1) takes it: `today`, `-1h`, `2026-11-25 12:00`. */
  since?: string | undefined;
  lines?: number | undefined;
}

/**
 * Shows a container's journal on standard output, whether it runs or not: a stopped one's is read from its state
 * directory.
 *
 * @returns journalctl's exit code.
 * @throws NspawnError `no-such-container`; `no-journal` where a stopped one has left none.
 */
export async function showLogs(request: LogsRequest, options: OperationOptions = {}): Promise<number> {
  const { found, machine } = await lookAt(request.name, options);
  const { host = false, follow = false, since = null, lines = null } = request;
  const shared = { follow, since, lines };
  if (host) return showJournal({ ...shared, of: 'host', unit: found.places.service });
  if (process.geteuid?.() !== 0) throw needsRoot(`The journal of container '${found.name}'`);
  const of = machine === null ? await storedJournal(found) : { machine: machine.name };
  return showJournal({ ...shared, of, unit: request.unit ?? null });
}

async function storedJournal({
  name,
  places,
}: Awaited<ReturnType<typeof lookAt>>['found']): Promise<JournalRequest['of']> {
  const directory = join(places.stateDir, 'var', 'log', 'journal');
  if (!(await isPresent(directory))) throw noJournal(name, directory);
  return { directory };
}
