import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { serviceOf } from '../container/host-file-names.js';
import { isErrno, isMissing } from '../errors/system-calls.js';
import { listMachines } from './registered-machines.js';
import { isEnded, unitStates } from './unit-states.js';

/** The copy of a container's root directory that systemd-nspawn makes for an ephemeral start. */
export interface EphemeralCopy {
  /** The name of the copied directory. */
  name: string;
  path: string;
}

/**
 * From src/nspawn/nspawn.c of systemd: tempfn_random() with the prefix `machine.` appends 16 hexadecimal digits.
 * Version 262 has the prefix `snapshot.` instead.
 */
const COPY = /^\.#(?:machine|snapshot)\.(.+)[0-9a-f]{16}$/;

/** The name of the directory of which this file is an ephemeral copy; null for any other file. */
export const copiedDirectory = (fileName: string): string | null => COPY.exec(fileName)?.[1] ?? null;

/** The copies in a directory that no container uses. systemd is queried only if there are copies. */
export async function unusedCopies(machinesDir: string, signal: AbortSignal): Promise<EphemeralCopy[]> {
  const copies = await allCopies(machinesDir);
  if (copies.length === 0) return [];
  const machines = await listMachines({ signal });
  const units = await unitStates([...new Set(copies.map(({ name }) => serviceOf(name)))], { signal });
  const roots = await Promise.all(
    machines.map(({ leader }) => (leader === null ? null : identity(`/proc/${leader}/root`))),
  );
  const unused = await Promise.all(
    copies.map(async (copy) => {
      const active = units.get(serviceOf(copy.name))?.active ?? 'inactive';
      // A starting container makes its copy before machined knows the machine.
      const isStarting = !isEnded(active) && !machines.some(({ name }) => name === copy.name);
      const own = await identity(copy.path);
      return isStarting || own === null || roots.includes(own) ? null : copy;
    }),
  );
  return unused.filter((copy) => copy !== null);
}

async function allCopies(machinesDir: string): Promise<EphemeralCopy[]> {
  const files = await readdir(machinesDir).catch((error: unknown) => {
    if (isMissing(error) || (isErrno(error) && error.code === 'EACCES')) return [];
    throw error;
  });
  return files.sort().flatMap((file) => {
    const name = copiedDirectory(file);
    return name === null ? [] : [{ name, path: join(machinesDir, file) }];
  });
}

/** Device and inode, which a directory and its mounts share. Null if it was deleted or cannot be read. */
async function identity(path: string): Promise<string | null> {
  try {
    const { dev, ino } = await stat(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch (error) {
    if (isMissing(error) || (isErrno(error) && error.code === 'EACCES')) return null;
    throw error;
  }
}
