import * as z from 'zod';
import { type RunOptions, run } from '../base/process.js';
import { jsonIn } from '../text/json.js';

/*
 * Records the outcome of operations on containers in the host's journal, where it can be read after a failure, when
 * everything else has been rolled back.
 */

const IDENTIFIER = 'nixos-nspawn';

export interface LoggedOperation {
  container: string;
  operation: string;
  /** When it ended, ISO 8601 in UTC. */
  at: string;
  /** Why it failed; null if it succeeded. */
  error: { code: string; message: string } | null;
}

/** Writes an entry (systemd.journal-fields(7)). Show its fields with `journalctl -t nixos-nspawn -o verbose`. */
export async function logOperation({ container, operation, error }: Omit<LoggedOperation, 'at'>) {
  const said = error === null ? 'done' : `failed: ${error.message}`;
  const fields = {
    MESSAGE: `${operation} of ${container} ${said}`,
    PRIORITY: error === null ? '6' : '3',
    SYSLOG_IDENTIFIER: IDENTIFIER,
    NIXOS_NSPAWN_CONTAINER: container,
    NIXOS_NSPAWN_OPERATION: operation,
    NIXOS_NSPAWN_CODE: error?.code ?? '',
    NIXOS_NSPAWN_ERROR: error?.message ?? '',
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}=${value.replace(/\s+/g, ' ')}\n`);
  await run(['logger', '--journald'], { input: lines.join('') });
}

const entrySchema = z.looseObject({
  __REALTIME_TIMESTAMP: z.string(),
  NIXOS_NSPAWN_CONTAINER: z.string(),
  NIXOS_NSPAWN_OPERATION: z.string(),
  NIXOS_NSPAWN_CODE: z.string(),
  NIXOS_NSPAWN_ERROR: z.string(),
});

/** How many entries are searched for each container's last one. */
const ENTRIES = 1000;

/** The last operation on each container, or on `container` alone. Empty if the caller cannot read the journal. */
export async function lastOperations(
  container: string | null,
  options: Pick<RunOptions, 'signal'> = {},
): Promise<Map<string, LoggedOperation>> {
  const { stdout } = await run(
    [
      'journalctl',
      '--quiet',
      '--output=json',
      '--reverse',
      `--lines=${container === null ? ENTRIES : 1}`,
      `SYSLOG_IDENTIFIER=${IDENTIFIER}`,
      // Set by journald itself, so other users cannot forge entries.
      '_UID=0',
      ...(container === null ? [] : [`NIXOS_NSPAWN_CONTAINER=${container}`]),
    ],
    // 1: no journal can be opened.
    { ...options, acceptCodes: [0, 1] },
  );
  const last = new Map<string, LoggedOperation>();
  for (const line of stdout.split('\n')) {
    const { success, data } = entrySchema.safeParse(jsonIn(line));
    if (!success || last.has(data.NIXOS_NSPAWN_CONTAINER)) continue;
    last.set(data.NIXOS_NSPAWN_CONTAINER, {
      container: data.NIXOS_NSPAWN_CONTAINER,
      operation: data.NIXOS_NSPAWN_OPERATION,
      at: new Date(Number(data.__REALTIME_TIMESTAMP) / 1000).toISOString(),
      error:
        data.NIXOS_NSPAWN_CODE === ''
          ? null
          : { code: data.NIXOS_NSPAWN_CODE, message: data.NIXOS_NSPAWN_ERROR },
    });
  }
  return last;
}
