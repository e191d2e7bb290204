import type { Stats } from 'node:fs';
import { lstat, readlink, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { stateNotMovable } from '../errors/migration.js';
import { isMissing } from '../errors/system-calls.js';
import { mountPoints } from './mounts.js';

/** How a root gets to its new place. */
export interface Transfer {
  /** `none`: the container has no root. */
  way: 'move' | 'copy' | 'none';
  /** The user that owns the root. */
  owner: number;
}

/**
 * Finds out how a container's root can get from one place to another one.
 *
 * @throws NspawnError `state-outside` if something is mounted there, or if it is a file or a relative link
 */
export async function transferOf(from: string, to: string): Promise<Transfer> {
  const own = await statOrNull(from, lstat);
  if (own === null) return { way: 'none', owner: 0 };
  const tree = await statOrNull(from, stat);
  if (tree?.isDirectory() !== true) throw stateNotMovable(from, 'is not a directory');
  const mounts = await mountPoints();
  const isMovable = await isOnOneMount(from, to, mounts);
  if (own.isSymbolicLink()) {
    // Only the link moves, wherever it leads.
    if (!isMovable || !(await readlink(from)).startsWith('/'))
      throw stateNotMovable(from, 'is a link that would lead elsewhere at another place');
    return { way: 'move', owner: tree.uid };
  }
  const real = await realpath(from);
  const mount = mounts.find((place) => place === real || place.startsWith(`${real}/`));
  if (mount !== undefined) throw stateNotMovable(mount, 'is a mount point');
  return { way: isMovable ? 'move' : 'copy', owner: tree.uid };
}

/**
 * Whether rename(2) works. It does not lead from one mount to another, even on one file system, or from one subvolume to
 * another.
 */
async function isOnOneMount(from: string, to: string, mounts: readonly string[]): Promise<boolean> {
  const [here, there] = [await realpath(dirname(from)), await nearestPresent(dirname(to))];
  const isOneVolume = (await lstat(from)).dev === (await lstat(there)).dev;
  return isOneVolume && mountOf(here, mounts) === mountOf(there, mounts);
}

const mountOf = (path: string, mounts: readonly string[]) =>
  mounts
    .filter((mount) => mount === '/' || path === mount || path.startsWith(`${mount}/`))
    .reduce((longest, mount) => (mount.length > longest.length ? mount : longest), '/');

async function nearestPresent(path: string): Promise<string> {
  for (let place = path; ; place = dirname(place)) {
    try {
      return await realpath(place);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
}

async function statOrNull(path: string, ask: (path: string) => Promise<Stats>): Promise<Stats | null> {
  try {
    return await ask(path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}
