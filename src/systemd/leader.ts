import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type RunOptions, run } from '../base/process.js';
import { isRegistered, MACHINES } from './machine.js';

/** The process id of a running container's init, as seen by the host; null if the container does not run. */
export async function machineLeader(
  name: string,
  options: Pick<RunOptions, 'signal'> = {},
): Promise<number | null> {
  // Checking machined's file first avoids starting a process.
  if (!existsSync(join(MACHINES, name)) || !(await isRegistered(name, options.signal))) return null;
  try {
    const { stdout } = await run(['machinectl', 'show', name, '--property=Leader', '--value'], options);
    const leader = Number(stdout.trim());
    return Number.isSafeInteger(leader) && leader > 0 ? leader : null;
  } catch (error) {
    // If the container ended in the meantime, the answer is null. Anything else is an error.
    if (options.signal?.aborted || (await isRegistered(name))) throw error;
    return null;
  }
}
