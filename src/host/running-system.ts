import { readlink } from 'node:fs/promises';
import { isErrno, isMissing } from '../errors.js';
import { machineLeader } from '../systemd/leader.js';

/** The closures that a running container is made of. */
export interface RunningSystem {
  /** What it booted or has switched to since; null where its init has not said so (yet). */
  current: string | null;
  /** What it booted. */
  booted: string | null;
}

/**
 * What a container runs, as NixOS's own links within it tell (`/run/current-system`, `/run/booted-system`);
 * null where it does not run. The links are read, never followed: where they lead is the container's word.
 */
export async function runningSystem(name: string, signal: AbortSignal): Promise<RunningSystem | null> {
  const leader = await machineLeader(name, { signal });
  return leader === null ? null : systemOf(leader);
}

/** The same of the container whose init has this process id. */
export async function systemOf(leader: number): Promise<RunningSystem> {
  const [current, booted] = await Promise.all(
    ['current-system', 'booted-system'].map((link) => linkOf(`/proc/${leader}/root/run/${link}`)),
  );
  return { current: current ?? null, booted: booted ?? null };
}

async function linkOf(path: string): Promise<string | null> {
  try {
    return await readlink(path);
  } catch (error) {
    // Not made yet, no link, or the container ended.
    if (isMissing(error) || (isErrno(error) && (error.code === 'EINVAL' || error.code === 'ESRCH')))
      return null;
    throw error;
  }
}
