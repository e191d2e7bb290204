import { readFile, rmdir } from 'node:fs/promises';
import { type RunOptions, run } from '../base/process.js';
import { isErrno, isMissing } from '../errors/system-calls.js';

/** systemd-nspawn mounts a directory here for each machine, and refuses to start while one is there (src/nspawn/nspawn.c). */
const EXPORTS = '/run/systemd/nspawn/unix-export';

/**
 * Removes what a systemd-nspawn that was killed left mounted. The caller knows that the machine does not run.
 *
 * @returns whether there was anything
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
    // An empty directory is in nobody's way; another start may have taken it.
    if (!isMissing(error) && !(isErrno(error) && ['ENOTEMPTY', 'EBUSY'].includes(error.code ?? '')))
      throw error;
  }
  return true;
}

/** By the kernel's own table (proc_pid_mountinfo(5)): the fifth field is the mount point. */
export async function hasLeftovers(name: string): Promise<boolean> {
  const place = `${EXPORTS}/${name}`;
  const table = await readFile('/proc/self/mountinfo', 'utf8');
  return table.split('\n').some((line) => line.split(' ')[4] === place);
}
