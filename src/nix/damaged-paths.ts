import { lstat } from 'node:fs/promises';
import { basename } from 'node:path';
import { entries } from '../base/files.js';
import { isMissing } from '../errors/system-calls.js';
import { deletePaths, modifiedPaths, referrersClosure, STORE, STORE_NAME, validPaths } from './store.js';

/**
 * Deletes the store paths that a power loss has damaged: those that Nix believes to be complete, but that are missing, or
 * were written since this time and have another content than Nix has recorded. Otherwise Nix would use them in each later
 * build. What refers to them goes with them, and is built again when it is needed. Returns the damaged paths.
 *
 * @throws NspawnError `command-failed` if a garbage collector root still leads to one of them
 */
export async function deleteDamagedPaths(since: Date): Promise<string[]> {
  const present = new Set((await entries(STORE)).filter((name) => STORE_NAME.test(name)));
  const valid = await validPaths();
  const missing = valid.filter((path) => !present.has(basename(path)));
  const fresh: string[] = [];
  for (const path of valid)
    if (present.has(basename(path)) && (await changedSince(path, since))) fresh.push(path);
  const damaged = [...missing, ...(await modifiedPaths(fresh))];
  if (damaged.length > 0) await deletePaths(await referrersClosure(damaged));
  return damaged;
}

/** Nix sets the modification time of each path to 1, but nobody can set the time of the last change of an inode. */
async function changedSince(path: string, since: Date): Promise<boolean> {
  try {
    return (await lstat(path)).ctime >= since;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
