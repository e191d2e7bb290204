import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileState, fileState, putFile } from '../base/files.js';
import { isMissing } from '../errors/system-calls.js';
import { type ContainerRecord, readRecord } from './record.js';

/** The records of all containers on the host, by name. */
export async function readRecords(recordsDir: string): Promise<Map<string, ContainerRecord>> {
  let files: string[];
  try {
    files = await readdir(recordsDir);
  } catch (error) {
    if (isMissing(error)) return new Map();
    throw error;
  }
  const records = await Promise.all(
    files
      .filter((file) => file.endsWith('.json') && !file.startsWith('.'))
      .map(
        async (file) => [file.slice(0, -'.json'.length), await readRecord(join(recordsDir, file))] as const,
      ),
  );
  return new Map(records.flatMap(([name, record]) => (record === null ? [] : [[name, record]])));
}

/** The other containers whose presets put this file on the host. */
export async function otherUsers(path: string, container: string, recordsDir: string): Promise<string[]> {
  const records = await readRecords(recordsDir);
  return [...records]
    .filter(([name, { hostFiles }]) => name !== container && hostFiles.includes(path))
    .map(([name]) => name);
}

/** A host file that must change for a container's presets. */
export interface SharedFileChange {
  path: string;
  before: Exclude<FileState, { kind: 'other' }>;
  after: Exclude<FileState, { kind: 'other' }>;
}

export interface SharedFilesPlan {
  changes: SharedFileChange[];
  /** Wanted files that these other containers use with different content. */
  conflicts: { path: string; users: string[] }[];
  /** Wanted paths at which someone else's file exists. */
  foreign: string[];
}

/**
 * Plans the changes that give the host the files which a container's presets want. Files that only this container used
 * earlier are removed.
 */
export async function planSharedFiles(
  container: string,
  wanted: readonly { path: string; content: string }[],
  former: readonly string[],
  recordsDir: string,
): Promise<SharedFilesPlan> {
  const plan: SharedFilesPlan = { changes: [], conflicts: [], foreign: [] };
  for (const { path, content } of wanted) {
    const [before, users] = await Promise.all([fileState(path), otherUsers(path, container, recordsDir)]);
    const isSame = before.kind === 'file' && before.content === content;
    if (isSame) continue;
    if (users.length > 0 && before.kind !== 'absent') plan.conflicts.push({ path, users });
    else if (before.kind === 'other' || (before.kind !== 'absent' && !former.includes(path)))
      plan.foreign.push(path);
    else plan.changes.push({ path, before, after: { kind: 'file', content, mode: 0o644 } });
  }
  for (const path of former.filter((path) => !wanted.some((file) => file.path === path))) {
    if ((await otherUsers(path, container, recordsDir)).length > 0) continue;
    const before = await fileState(path);
    if (before.kind === 'file') plan.changes.push({ path, before, after: { kind: 'absent' } });
  }
  return plan;
}

/** Restores a shared file's former state, unless another container uses the file now. */
export async function restoreSharedFile(
  path: string,
  state: Exclude<FileState, { kind: 'other' }>,
  container: string,
  recordsDir: string,
): Promise<void> {
  if (state.kind === 'absent' && (await otherUsers(path, container, recordsDir)).length > 0) return;
  await putFile(path, state);
}
