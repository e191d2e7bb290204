import {
  chmod,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  rename,
  rmdir,
  stat,
  symlink,
  unlink,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isErrno, isMissing, naming } from '../errors/system-calls.js';
import { uniqueSuffix, writerOf } from './writer.js';

/** What is at a path, in enough detail to restore it. */
export type FileState =
  | { kind: 'absent' }
  | { kind: 'link'; target: string }
  | { kind: 'file'; content: string; mode: number }
  | { kind: 'other' };

export async function fileState(path: string): Promise<FileState> {
  try {
    const stat = await lstat(path);
    if (stat.isSymbolicLink()) return { kind: 'link', target: await readlink(path) };
    if (stat.isFile())
      return { kind: 'file', content: await naming(path, readFile(path, 'utf8')), mode: stat.mode & 0o7777 };
    return { kind: 'other' };
  } catch (error) {
    if (isMissing(error)) return { kind: 'absent' };
    throw error;
  }
}

export function isSameState(a: FileState, b: FileState): boolean {
  if (a.kind === 'link' && b.kind === 'link') return a.target === b.target;
  if (a.kind === 'file' && b.kind === 'file') return a.content === b.content && a.mode === b.mode;
  return a.kind === 'absent' && b.kind === 'absent';
}

export async function isPresent(path: string): Promise<boolean> {
  return (await fileKind(path)) !== 'absent';
}

/** Those of the paths at which there is something, in their order. */
export async function presentAmong(paths: readonly string[]): Promise<string[]> {
  const present = await Promise.all(paths.map(isPresent));
  return paths.filter((_, index) => present[index]);
}

export async function fileKind(path: string): Promise<'absent' | 'link' | 'file' | 'directory' | 'other'> {
  try {
    const stat = await lstat(path);
    if (stat.isSymbolicLink()) return 'link';
    if (stat.isFile()) return 'file';
    return stat.isDirectory() ? 'directory' : 'other';
  } catch (error) {
    if (isMissing(error)) return 'absent';
    throw error;
  }
}

/** A hidden name next to `path`, under which new content is written before it is renamed into place. */
const draftName = (path: string) => join(dirname(path), `.${basename(path)}.${uniqueSuffix()}`);

/**
 * Removes the drafts that interrupted runs left behind next to the file at `path`. Keeps the draft of a run that is
 * still working: containers share some files.
 */
export async function removeDrafts(path: string): Promise<void> {
  const start = `.${basename(path)}.`;
  const directory = dirname(path);
  for (const name of await entries(directory)) {
    if (!name.startsWith(start)) continue;
    const writer = writerOf(name.slice(start.length));
    if (writer === 'this' || writer === 'ended') await removeFile(join(directory, name));
  }
}

export interface Durability {
  /**
   * Whether to wait until the change is on the disk. Default true. Not needed for what has no meaning after a restart of
   * the host.
   */
  synced?: boolean;
}

/*
 * Runs on several containers share directories, and each run removes a directory that it finds empty. A directory can
 * therefore disappear between any two system calls.
 */

/** Puts `state` at the path atomically: even after a power loss, either the old or the new state is there. */
export async function putFile(
  path: string,
  state: Exclude<FileState, { kind: 'other' }>,
  durability: Durability = {},
): Promise<void> {
  if (state.kind === 'absent') {
    await removeFile(path, durability);
    return;
  }
  for (;;) {
    await makeDirectory(dirname(path), undefined, durability);
    try {
      await putInDirectory(path, state, durability);
      return;
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
}

async function putInDirectory(
  path: string,
  state: Extract<FileState, { kind: 'link' | 'file' }>,
  { synced = true }: Durability,
): Promise<void> {
  const fresh = draftName(path);
  try {
    if (state.kind === 'link') await symlink(state.target, fresh);
    else await naming(path, writeSynced(fresh, state.content, state.mode));
    await rename(fresh, path);
  } catch (error) {
    await removeFile(fresh);
    throw error;
  }
  if (synced) await syncDirectory(dirname(path));
}

/**
 * Creates a directory and its parents, and makes each of them durable. Otherwise a power loss could remove a directory
 * together with files in it that are already synced. Does not use the `recursive` option of mkdir: on a full disk it
 * never returns, because Node.js retries forever (MKDirpAsync, src/node_file.cc).
 */
export async function makeDirectory(path: string, mode = 0o755, durability: Durability = {}): Promise<void> {
  try {
    await mkdir(path, { mode });
    // Ignore the caller's umask: networkd and other users read these files.
    await chmod(path, mode);
  } catch (error) {
    if (!isErrno(error)) throw error;
    if (error.code === 'EEXIST') {
      const kind = await fileKind(path);
      if (kind === 'directory' || (kind === 'link' && (await isDirectory(path)))) return;
      if (kind !== 'absent') throw error;
    } else if (error.code === 'ENOENT' && dirname(path) !== path)
      await makeDirectory(dirname(path), mode, durability);
    else throw error;
    return makeDirectory(path, mode, durability);
  }
  if (durability.synced === false) return;
  try {
    await syncDirectory(dirname(path));
  } catch (error) {
    if (!isMissing(error)) throw error;
    return makeDirectory(path, mode, durability);
  }
}

/**
 * Creates directories that do not exist yet, each listed after its parent, in a place that only this process changes.
 * Waits for the disk once for each parent, and for all parents at the same time.
 */
export async function makeDirectories(paths: readonly string[], mode = 0o755): Promise<void> {
  for (const path of paths) {
    await mkdir(path, { mode });
    await chmod(path, mode);
  }
  await Promise.all([...new Set(paths.map(dirname))].map(syncDirectory));
}

/** Whether a path leads to a directory, directly or through a link. */
async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

export const putLink = (path: string, target: string, durability: Durability = {}) =>
  putFile(path, { kind: 'link', target }, durability);

export const putText = (path: string, content: string, mode = 0o644) =>
  putFile(path, { kind: 'file', content, mode });

/** Removes a file or link. Does nothing if it is absent. */
export async function removeFile(path: string, { synced = true }: Durability = {}): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  if (synced) await syncRemoval(dirname(path));
}

/** Removes a directory if it is empty. Returns whether it is gone. */
export async function removeEmptyDirectory(
  path: string,
  { synced = true }: Durability = {},
): Promise<boolean> {
  try {
    await rmdir(path);
    if (synced) await syncRemoval(dirname(path));
    return true;
  } catch (error) {
    if (isMissing(error)) return true;
    if (isErrno(error) && (error.code === 'ENOTEMPTY' || error.code === 'EEXIST' || error.code === 'EBUSY'))
      return false;
    // On a read-only file system, the kernel does not tell whether the directory exists.
    if (isErrno(error) && error.code === 'EROFS') return !(await isPresent(path));
    throw error;
  }
}

/** The file's text; null if there is no file. */
export async function readText(path: string): Promise<string | null> {
  try {
    return await naming(path, readFile(path, 'utf8'));
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Makes a directory's entries durable (fsync(2): a new name is safe only once its directory is synced). */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await naming(path, directory.sync());
  } catch (error) {
    // Some file systems cannot sync a directory and fail with EINVAL.
    if (!isErrno(error) || error.code !== 'EINVAL') throw error;
  } finally {
    await directory.close();
  }
}

/** Makes a removal durable. If the directory itself is gone, whoever removed it has synced its parent. */
async function syncRemoval(directory: string): Promise<void> {
  try {
    await syncDirectory(directory);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

async function writeSynced(path: string, content: string, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    await file.writeFile(content);
    await file.chmod(mode);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The names in a directory; none if it is absent or this user cannot read it. */
export async function entriesSeen(directory: string): Promise<string[]> {
  try {
    return await entries(directory);
  } catch (error) {
    if (isErrno(error) && error.code === 'EACCES') return [];
    throw error;
  }
}

/** The names in a directory; none if it is absent. */
export async function entries(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
