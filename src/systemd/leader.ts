import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type RunOptions, run } from '../base/process.js';
import { isRegistered, MACHINES } from './machine.js';

/** The host's process id of a running container's init; null where it does not run. */
export async function machineLeader(
  name: string,
  options: Pick<RunOptions, 'signal'> = {},
): Promise<number | null> {
  // A look at machined's file starts no process.
  if (!existsSync(join(MACHINES, name)) || !(await isRegistered(name, options.signal))) return null;
  try {
    const { stdout } = await run(['machinectl', 'show', name, '--property=Leader', '--value'], options);
    const leader = Number(stdout.trim());
    return Number.isSafeInteger(leader) && leader > 0 ? leader : null;
  } catch (error) {
    // It ended since the look, which is an answer; anything else is a failure.
    if (options.signal?.aborted || (await isRegistered(name))) throw error;
    return null;
  }
}
