import { readlink } from 'node:fs/promises';
import { isErrno, isMissing } from '../errors/system-calls.js';
import { initOf } from './force.js';
import { machineLeader } from './leader.js';

/** The closures that a running container is made of. */
export interface RunningSystem {
  /** What it booted or has switched to since; null where its init has not said so (yet), or not to this caller. */
  current: string | null;
  /** What it booted. */
  booted: string | null;
}

/**
 * What a container runs, as NixOS's own links within it tell (`/run/current-system`, `/run/booted-system`);
 * null where it does not run. The links are read, never followed: where they lead is the container's word.
 */
export async function runningSystem(name: string, signal?: AbortSignal): Promise<RunningSystem | null> {
  const leader = await machineLeader(name, { signal });
  return leader === null ? null : systemOf(leader);
}

/** The same from the process id of the systemd-nspawn that runs it, without starting a process. */
export async function supervisedSystem(supervisor: number): Promise<RunningSystem | null> {
  const init = await initOf(supervisor);
  return init === null ? null : systemOf(init);
}

/** The same of the container whose init has this process id. */
export async function systemOf(leader: number): Promise<RunningSystem> {
  const [current, booted] = await Promise.all(
    ['current-system', 'booted-system'].map((link) => linkOf(`/proc/${leader}/root/run/${link}`)),
  );
  return { current: current ?? null, booted: booted ?? null };
}

/** No link, the container ended, or the caller may not look into it. */
const NO_ANSWER: readonly string[] = ['EINVAL', 'ESRCH', 'EACCES', 'EPERM'];

async function linkOf(path: string): Promise<string | null> {
  try {
    return await readlink(path);
  } catch (error) {
    if (isMissing(error) || (isErrno(error) && NO_ANSWER.includes(error.code ?? ''))) return null;
    throw error;
  }
}
