import type { Stats } from 'node:fs';
import { lstat, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isErrno, isMissing } from '../errors/system-calls.js';
import type { Layout, Places } from './layout.js';

/**
 * The directories in which systemd-nspawn searches for a machine's tree, in this order (image_search_path in systemd's
 * src/shared/discover-image.c). `null` stands for the directory that holds the containers' trees.
 */
const SEARCH_PATH = [
  '/etc/machines',
  '/run/machines',
  null,
  '/var/lib/container',
  '/usr/local/lib/machines',
  '/usr/lib/machines',
] as const;

/** The file names that systemd-nspawn accepts for NAME, and the required file types (image_find() in the same file). */
const FORMS: readonly { suffix: string; isTaken: (stats: Stats) => boolean }[] = [
  { suffix: '', isTaken: (stats) => stats.isDirectory() || stats.isBlockDevice() },
  { suffix: '.raw', isTaken: (stats) => stats.isFile() },
  { suffix: '.mstack', isTaken: (stats) => stats.isDirectory() },
  { suffix: '.v', isTaken: (stats) => stats.isDirectory() },
  { suffix: '.raw.v', isTaken: (stats) => stats.isDirectory() },
];

/**
 * What prevents systemd-nspawn from using the container's state directory: a non-directory at its path, or images of
 * the same name that systemd-nspawn prefers. `everywhere` also returns the images that the state directory hides once
 * it exists. Those belong to another machine, which a new container of that name would replace.
 */
export async function imagesInTheWay(
  { root, machinesDir }: Layout,
  { name, stateDir }: Places,
  { everywhere }: { everywhere: boolean },
): Promise<string[]> {
  const inTheWay: string[] = [];
  if (!(await isDirectoryOrAbsent(stateDir))) inTheWay.push(stateDir);
  const main = await real(machinesDir);
  for (const place of SEARCH_PATH) {
    const directory = place === null ? machinesDir : join(root, place);
    const isMain = (await real(directory)) === main;
    // Some hosts have a link to the main directory under an older name. It leads to the container itself.
    if (isMain && place !== null) continue;
    for (const { suffix, isTaken } of FORMS) {
      if (isMain && (suffix === '' || !everywhere)) continue;
      const path = join(directory, `${name}${suffix}`);
      const stats = await statOrNull(path);
      if (stats !== null && isTaken(stats)) inTheWay.push(path);
    }
    if (isMain && !everywhere) break;
  }
  return inTheWay;
}

async function isDirectoryOrAbsent(path: string): Promise<boolean> {
  const stats = await statOrNull(path);
  if (stats !== null) return stats.isDirectory();
  try {
    // A link that leads nowhere: nothing can be created at this path.
    await lstat(path);
    return false;
  } catch (error) {
    // Without permission to look there, it is unknown whether something is in the way, so nothing is reported.
    if (isMissing(error) || (isErrno(error) && error.code === 'EACCES')) return true;
    throw error;
  }
}

/** Null if the path leads to nothing that can be reached. */
async function statOrNull(path: string): Promise<Stats | null> {
  try {
    return await stat(path);
  } catch (error) {
    if (isMissing(error) || (isErrno(error) && (error.code === 'ELOOP' || error.code === 'EACCES')))
      return null;
    throw error;
  }
}

async function real(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (isMissing(error) || (isErrno(error) && ['ELOOP', 'EACCES'].includes(error.code ?? ''))) return path;
    throw error;
  }
}
