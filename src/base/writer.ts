import { readFileSync } from 'node:fs';
import { isErrno, isMissing } from '../errors/system-calls.js';

/**
 * When a process started, in clock ticks since the boot (proc(5), field 22 of stat); null if no such process exists.
 * The name of its program, which ends with the last parenthesis, may contain spaces.
 */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]).toString(36);
  } catch (error) {
    if (isMissing(error) || (isErrno(error) && error.code === 'ESRCH')) return null;
    throw error;
  }
}

let ownStart: string | null | undefined;

/**
 * A suffix for the name of a temporary file or link. It contains the id of this process and when the process started:
 * after a restart of the host, another process may have the id. Does not load node:crypto, which costs 10 ms.
 */
export function uniqueSuffix(): string {
  ownStart ??= startOf(process.pid);
  return [process.pid.toString(36), ownStart ?? 0, process.hrtime.bigint().toString(36)].join('-');
}

/** Who made a name with this suffix: this process, another one that still runs, or one that has ended; null if nobody. */
export function writerOf(suffix: string): 'this' | 'another' | 'ended' | null {
  const [, id, start] = /^([0-9a-z]+)-([0-9a-z]+)-[0-9a-z]+$/.exec(suffix) ?? [];
  if (id === undefined) return null;
  const pid = Number.parseInt(id, 36);
  if (startOf(pid) !== start) return 'ended';
  return pid === process.pid ? 'this' : 'another';
}
