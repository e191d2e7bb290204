import { readFile, rmdir } from 'node:fs/promises';
import { type RunOptions, run } from '../base/process.js';
import { isErrno, isMissing } from '../errors/system-calls.js';

/**
 * systemd-nspawn mounts a directory here for each machine. It refuses to start if the mount exists
 * (src/nspawn/nspawn.c).
 */
const EXPORTS = '/run/systemd/nspawn/unix-export';

/**
 * Removes the mount that a killed systemd-nspawn left behind. The caller has checked that the machine does not run.
 *
 * @returns whether there was one
 */
export async function clearLeftovers(
  name: string,
  options: Pick<RunOptions, 'signal'> = {},
): Promise<boolean> {
  if (!(await hasLeftovers(name))) return false;
  const place = `${EXPORTS}/${name}`;
  await run(['umount', place], options);
  try {
    await rmdir(place);
  } catch (error) {
    // An empty directory does no harm, and another start may be using it.
    if (!isMissing(error) && !(isErrno(error) && ['ENOTEMPTY', 'EBUSY'].includes(error.code ?? '')))
      throw error;
  }
  return true;
}

/** Uses the kernel's mount table (proc_pid_mountinfo(5)). The fifth field is the mount point. */
export async function hasLeftovers(name: string): Promise<boolean> {
  const place = `${EXPORTS}/${name}`;
  const table = await readFile('/proc/self/mountinfo', 'utf8');
  return table.split('\n').some((line) => line.split(' ')[4] === place);
}
