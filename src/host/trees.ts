import { lstat, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stateImmutable, stateOutside } from '../error-catalog.js';
import { isErrno, isMissing, NspawnError } from '../errors.js';
import { run } from '../process.js';
import { syncDirectory } from './files.js';
import { findProgram } from './programs.js';

/** The directory that NixOS makes immutable in every system (nixos/modules/system/activation). */
const IMMUTABLE = join('var', 'empty');

/**
 * Deletes a directory with all it holds. Symlinks in it are removed, never followed; a tree that is itself
 * a link, or in which something is mounted, is refused before anything is deleted.
 *
 * @throws NspawnError `state-outside`, `command-missing` where the tree has something immutable and nothing to change that
 */
export async function removeTree(path: string): Promise<void> {
  if (!(await isRemovableTree(path))) return;
  const empty = join(path, IMMUTABLE);
  const mayBeImmutable = (await isRealDirectory(path, IMMUTABLE)) && !(await madeMutable(empty));
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    if (mayBeImmutable && isErrno(error) && error.code === 'EPERM') throw stateImmutable(empty);
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** False where there is no chattr(1); on a file system that knows no such attribute, nothing has it. */
async function madeMutable(path: string): Promise<boolean> {
  if ((await findProgram('chattr')) === null) return false;
  await run(['chattr', '-i', path], { acceptCodes: [0, 1] });
  return true;
}

/** How long a tree is counted before it is given up, in milliseconds: status is looked at, not waited for. */
const COUNTING = 3000;

/** Bytes of disk that a tree takes; null where it is not there, cannot be read, or is too large to count quickly. */
export async function treeSize(
  path: string,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<number | null> {
  try {
    const argv = ['du', '--summarize', '--one-file-system', '--block-size=1', '--', path] as const;
    const { stdout } = await run(argv, { signal, timeout: COUNTING });
    return Number.parseInt(stdout, 10);
  } catch (error) {
    if (error instanceof NspawnError && error.code === 'command-failed') return null;
    throw error;
  }
}

/** Whether there is a tree to remove; @throws NspawnError `state-outside` for one that must not be. */
export async function isRemovableTree(path: string): Promise<boolean> {
  try {
    const stat = await lstat(path);
    if (!stat.isDirectory()) throw stateOutside(path);
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
  const within = `${path}/`;
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8'))
    .split('\n')
    .map((line) => unescapeMount(line.split(' ')[4] ?? ''));
  const mount = mounts.find((place) => place.startsWith(within));
  if (mount !== undefined) throw stateOutside(mount);
  return true;
}

/** Whether each part of `inner` below `tree` is a directory and no link. */
async function isRealDirectory(tree: string, inner: string): Promise<boolean> {
  let path = tree;
  for (const part of inner.split('/')) {
    path = join(path, part);
    try {
      if (!(await lstat(path)).isDirectory()) return false;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }
  return true;
}

/** proc(5): space, tab, newline and backslash stand as octal escapes in mountinfo. */
const unescapeMount = (text: string) =>
  text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
