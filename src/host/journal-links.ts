import { lstat, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { entriesSeen, fileKind, fileState, readText } from '../base/files.js';
import { isErrno, isMissing } from '../errors/system-calls.js';
import type { Layout } from './layout.js';

/** A link to a container's journal, made by systemd-nspawn in the host's journal directory (`LinkJournal=guest`). */
export interface JournalLink {
  path: string;
  /** The container's name; null if no container in the machines directory has this machine ID. */
  name: string | null;
  /** Whether its target does not exist. */
  isDangling: boolean;
}

const ID = /^[0-9a-f]{32}$/;

/**
 * The target that systemd-nspawn gives the link since systemd 258: a mount point that only nspawn itself sees. Such a
 * link never leads anywhere on the host (https://github.com/systemd/systemd/issues/39472).
 */
const TEMPORARY = /^\/tmp\/nspawn-root-[^/]+\/var\/log\/journal\/[0-9a-f]{32}$/;

export const isTemporaryTarget = (target: string): boolean => TEMPORARY.test(target);

export async function journalLinks({
  journalsDir,
  machinesDir,
}: Pick<Layout, 'journalsDir' | 'machinesDir'>): Promise<JournalLink[]> {
  const roots = [...new Set([machinesDir, await real(machinesDir)])];
  const links: JournalLink[] = [];
  let owners: ReadonlyMap<string, string> | null = null;
  for (const id of (await entriesSeen(journalsDir)).filter((name) => ID.test(name))) {
    const path = join(journalsDir, id);
    const state = await fileState(path);
    if (state.kind !== 'link') continue;
    if (isTemporaryTarget(state.target)) {
      owners ??= await namesById(machinesDir);
      links.push({ path, name: owners.get(id) ?? null, isDangling: true });
      continue;
    }
    const root = roots.find((place) => state.target.startsWith(`${place}/`));
    const name = root === undefined ? undefined : state.target.slice(root.length + 1).split('/')[0];
    if (name !== undefined) links.push({ path, name, isDangling: !(await leadsSomewhere(path)) });
  }
  return links;
}

/** When the link was made, in milliseconds since 1970; null if it does not exist. */
export async function timeOfLink(path: string): Promise<number | null> {
  try {
    return (await lstat(path)).mtimeMs;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** The names of the directories in the machines directory, by their machine ID. */
async function namesById(machinesDir: string): Promise<ReadonlyMap<string, string>> {
  const known = await Promise.all(
    (await entriesSeen(machinesDir)).map(async (name) => {
      const id = await machineIdIn(join(machinesDir, name));
      return id === null ? null : ([id, name] as const);
    }),
  );
  return new Map(known.filter((pair) => pair !== null));
}

/** The machine ID of an operating system's tree; null if it has none, or this user cannot read it (machine-id(5)). */
async function machineIdIn(tree: string): Promise<string | null> {
  const path = join(tree, 'etc', 'machine-id');
  try {
    // The container controls this path. Anything but a file could block the reader.
    const text = (await fileKind(path)) === 'file' ? await readText(path) : null;
    const id = text?.trim() ?? '';
    return ID.test(id) ? id : null;
  } catch (error) {
    if (isErrno(error)) return null;
    throw error;
  }
}

async function leadsSomewhere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    // Without permission to see the target, it is assumed to exist.
    if (isErrno(error)) return true;
    throw error;
  }
}

async function real(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (isErrno(error)) return path;
    throw error;
  }
}
