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

/** What lies at a path, closely enough to put it back. */
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

/** What no other name of this boot ends with; of process and time, for to load Node.js's cryptography takes ten milliseconds. */
export const uniqueSuffix = () => `${process.pid.toString(36)}-${process.hrtime.bigint().toString(36)}`;

/** A name beside `path` under which what belongs there is written first. */
const draftName = (path: string) => join(dirname(path), `.${basename(path)}.${uniqueSuffix()}`);

/**
 * Takes away what runs that were killed while they wrote the file at `path` have left beside it. One of a run that is
 * still at work on it stays: containers share some files.
 */
export async function removeDrafts(path: string): Promise<void> {
  const start = `.${basename(path)}.`;
  const directory = dirname(path);
  for (const name of await entries(directory)) {
    if (!name.startsWith(start)) continue;
    const pid = /^([0-9a-z]+)-[0-9a-z]+$/.exec(name.slice(start.length))?.[1];
    if (pid === undefined) continue;
    const writer = Number.parseInt(pid, 36);
    if (writer === process.pid || !isAlive(writer)) await removeFile(join(directory, name));
  }
}

/** Whether there is a process of that number. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isErrno(error) && error.code === 'EPERM';
  }
}

/*
 * Runs on several containers share directories, and each takes one away that it finds empty: also between two calls of
 * another run.
 */

/** Puts `state` at the path: afterwards either the old or the new is there, also over a power loss. */
export async function putFile(path: string, state: Exclude<FileState, { kind: 'other' }>): Promise<void> {
  if (state.kind === 'absent') {
    await removeFile(path);
    return;
  }
  for (;;) {
    await makeDirectory(dirname(path));
    try {
      await putInDirectory(path, state);
      return;
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
}

async function putInDirectory(path: string, state: Extract<FileState, { kind: 'link' | 'file' }>) {
  const fresh = draftName(path);
  try {
    if (state.kind === 'link') await symlink(state.target, fresh);
    else await naming(path, writeSynced(fresh, state.content, state.mode));
    await rename(fresh, path);
  } catch (error) {
    await removeFile(fresh);
    throw error;
  }
  await syncDirectory(dirname(path));
}

/**
 * Makes a directory with those above it, each durable: one that is lost takes all that was synced in it along. Not by
 * mkdir's own `recursive`: on a full disk that never ends, for Node.js asks again and again (MKDirpAsync, src/node_file.cc).
 */
export async function makeDirectory(path: string, mode = 0o755): Promise<void> {
  try {
    await mkdir(path, { mode });
    // Whatever the caller's umask: networkd and other users read what is put there.
    await chmod(path, mode);
  } catch (error) {
    if (!isErrno(error)) throw error;
    if (error.code === 'EEXIST') {
      const kind = await fileKind(path);
      if (kind === 'directory' || (kind === 'link' && (await isDirectory(path)))) return;
      if (kind !== 'absent') throw error;
    } else if (error.code === 'ENOENT' && dirname(path) !== path) await makeDirectory(dirname(path), mode);
    else throw error;
    return makeDirectory(path, mode);
  }
  try {
    await syncDirectory(dirname(path));
  } catch (error) {
    if (!isMissing(error)) throw error;
    return makeDirectory(path, mode);
  }
}

/** Whether a path leads to a directory, be it by a link. */
async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

export const putLink = (path: string, target: string) => putFile(path, { kind: 'link', target });

export const putText = (path: string, content: string, mode = 0o644) =>
  putFile(path, { kind: 'file', content, mode });

/** Removes a file or link; one that is absent is no error. */
export async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  await syncRemoval(dirname(path));
}

/** Removes a directory where it is empty; says whether it is gone. */
export async function removeEmptyDirectory(path: string): Promise<boolean> {
  try {
    await rmdir(path);
    await syncRemoval(dirname(path));
    return true;
  } catch (error) {
    if (isMissing(error)) return true;
    if (isErrno(error) && (error.code === 'ENOTEMPTY' || error.code === 'EEXIST' || error.code === 'EBUSY'))
      return false;
    throw error;
  }
}

/** The file's text; null where there is none. */
export async function readText(path: string): Promise<string | null> {
  try {
    return await naming(path, readFile(path, 'utf8'));
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Makes a directory's entries durable (fsync(2): a new name is safe only when its directory is synced). */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await naming(path, directory.sync());
  } catch (error) {
    // Some file systems cannot sync a directory and say EINVAL.
    if (!isErrno(error) || error.code !== 'EINVAL') throw error;
  } finally {
    await directory.close();
  }
}

/** Makes it durable that something is gone. Whoever took the directory itself away has synced what that was in. */
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

/** The names in a directory; none where it is absent, or closed to this user. */
export async function entriesSeen(directory: string): Promise<string[]> {
  try {
    return await entries(directory);
  } catch (error) {
    if (isErrno(error) && error.code === 'EACCES') return [];
    throw error;
  }
}

/** The names in a directory; none where it is absent. */
export async function entries(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
