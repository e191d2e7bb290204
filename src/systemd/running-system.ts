import { readlink } from 'node:fs/promises';
import { isErrno, isMissing } from '../errors/system-calls.js';
import { initOf } from './force.js';
import { machineLeader } from './registered-machines.js';

/** The closures of a running container. */
export interface RunningSystem {
  /**
   * The system that it booted or has switched to since; null if its init has not set it yet or the caller cannot read
   * it.
   */
  current: string | null;
  /** The system that it booted. */
  booted: string | null;
}

/**
 * The system that a container runs, according to NixOS's links inside it (`/run/current-system`, `/run/booted-system`);
 * null if it does not run. The links are read but never followed, since the container controls their targets.
 */
export async function runningSystem(name: string, signal?: AbortSignal): Promise<RunningSystem | null> {
  const leader = await machineLeader(name, { signal });
  return leader === null ? null : systemOf(leader);
}

/** The same, from the process id of the systemd-nspawn that runs it. Starts no process. */
export async function supervisedSystem(supervisor: number): Promise<RunningSystem | null> {
  const init = await initOf(supervisor);
  return init === null ? null : systemOf(init);
}

/** The same, from the process id of the container's init. */
export async function systemOf(leader: number): Promise<RunningSystem> {
  const [current, booted] = await Promise.all(
    ['current-system', 'booted-system'].map((link) => linkOf(`/proc/${leader}/root/run/${link}`)),
  );
  return { current: current ?? null, booted: booted ?? null };
}

/** Not a link, the container has ended, or the caller has no permission to look into it. */
const NO_ANSWER: readonly string[] = ['EINVAL', 'ESRCH', 'EACCES', 'EPERM'];

async function linkOf(path: string): Promise<string | null> {
  try {
    return await readlink(path);
  } catch (error) {
    if (isMissing(error) || (isErrno(error) && NO_ANSWER.includes(error.code ?? ''))) return null;
    throw error;
  }
}
