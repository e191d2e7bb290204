import { lstat, readdir, realpath, rm, rmdir, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { clearAttributes } from '../base/attributes.js';
import { entries, syncDirectory } from '../base/files.js';
import { run } from '../base/process.js';
import { uniqueSuffix } from '../base/writer.js';
import { isCommandFailure } from '../errors/nspawn-error.js';
import { stateNotDeleted, stateOutside } from '../errors/places.js';
import { isErrno, isMissing } from '../errors/system-calls.js';
import { mountPoints } from './mounts.js';

/**
 * Deletes a directory and everything in it. Symlinks in it are removed, never followed. A tree that is itself a link,
 * or in which something is mounted, is refused before anything is deleted. Immutable and append-only files (NixOS makes
 * /var/empty of every system immutable) are made deletable first.
 *
 * @throws NspawnError `state-outside`, or `state-not-deleted` with what is left and why
 */
export async function removeTree(path: string): Promise<void> {
  if (!(await isRemovableTree(path))) return;
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    if (!isErrno(error)) throw error;
    await removeStubbornTree(path);
  }
  await syncDirectory(dirname(path));
}

/** A path that could not be deleted. */
interface Remnant {
  path: string;
  /** The kernel's error code, such as `EPERM`. */
  code: string;
}

async function removeStubbornTree(path: string): Promise<void> {
  const hasChattr = await clearAttributes(path);
  const remnants: Remnant[] = [];
  await removeAllOf(path, remnants);
  const [first] = remnants;
  if (first === undefined) return;
  const isProtected = remnants.some(({ code }) => code === 'EPERM');
  throw stateNotDeleted(path, first, { count: remnants.length, needsChattr: isProtected && !hasChattr });
}

/** Continues after a failure, so that only what cannot be deleted is left. */
async function removeAllOf(path: string, remnants: Remnant[]): Promise<boolean> {
  try {
    if (!(await lstat(path)).isDirectory()) {
      await unlink(path);
      return true;
    }
    let isEmpty = true;
    for (const name of await readdir(path))
      isEmpty = (await removeAllOf(join(path, name), remnants)) && isEmpty;
    // Report only the files that could not be deleted, not the directories above them.
    if (isEmpty) await rmdir(path);
    return isEmpty;
  } catch (error) {
    if (isMissing(error)) return true;
    if (!isErrno(error)) throw error;
    remnants.push({ path, code: error.code ?? error.message });
    return false;
  }
}

/** A hidden name beside the tree, which nothing treats as a container. */
export const hiddenName = (path: string) =>
  join(dirname(path), `.${basename(path)}.removed-${uniqueSuffix()}`);

/** The container whose tree had this name before it was hidden; null for any other name. */
export const hiddenBy = (name: string): string | null =>
  /^\.(.+)\.removed-[0-9a-z-]+$/.exec(name)?.[1] ?? null;

/** The trees that were hidden for this path and are not deleted yet. */
export async function hiddenNames(path: string): Promise<string[]> {
  const directory = dirname(path);
  return (await entries(directory))
    .filter((name) => hiddenBy(name) === basename(path))
    .map((name) => join(directory, name));
}

/** Milliseconds after which counting stops, so that users need not wait for status. */
const COUNTING = 3000;

/** The disk space of a tree in bytes; null if it does not exist, cannot be read, or is too large to count quickly. */
export async function treeSize(
  path: string,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<number | null> {
  try {
    // The state directory may be a link to another disk. `--dereference-args` counts the link's target.
    const argv = [
      'du',
      '--summarize',
      '--one-file-system',
      '--dereference-args',
      '--block-size=1',
      '--',
      path,
    ] as const;
    const { stdout } = await run(argv, { signal, timeout: COUNTING });
    return Number.parseInt(stdout, 10);
  } catch (error) {
    if (isCommandFailure(error)) return null;
    throw error;
  }
}

/** Whether there is a tree to remove; @throws NspawnError `state-outside` if it must not be removed. */
export async function isRemovableTree(path: string): Promise<boolean> {
  let real: string;
  try {
    if (!(await lstat(path)).isDirectory()) throw stateOutside(path);
    // The kernel lists mount points by their real path, and a directory above the tree may be a link.
    real = join(await realpath(dirname(path)), basename(path));
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
  const mount = (await mountPoints()).find((place) => place === real || place.startsWith(`${real}/`));
  if (mount !== undefined) throw stateOutside(mount, 'is a mount point');
  return true;
}
