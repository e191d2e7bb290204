import { access, constants, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isMissing } from '../errors.js';
import type { Layout } from './layout.js';
import { type Unwritable, whyUnwritable } from './writable.js';

export interface PlaceFacts {
  path: string;
  /** Why it (or where it is absent its nearest parent) cannot be written; null where it can. */
  unwritable: Unwritable | null;
  /** Whether it lies in memory, to be lost at the next boot. */
  isVolatile: boolean;
  freeBytes: number;
  /** Files and directories that can still be made; null on file systems that do not count them. */
  freeFiles: number | null;
}

/** statfs(2), f_type. */
const IN_MEMORY = new Set([0x01021994 /* tmpfs */, 0x858458f6 /* ramfs */]);

/** Where containers and what belongs to them are put. */
export const placesInUse = (layout: Layout): string[] => [
  layout.unitDir,
  layout.networkDir,
  layout.machinesDir,
  layout.profilesDir,
  layout.stateDir,
  join(layout.root, 'nix', 'store'),
];

/** What can be put at a path, whether or not it is there yet. */
export async function placeFacts(layout: Layout, path: string): Promise<PlaceFacts> {
  const place = await nearest(path);
  const [unwritable, { type, bavail, bsize, files, ffree }] = await Promise.all([
    whyUnwritable(layout, place),
    statfs(place),
  ]);
  return {
    path,
    unwritable,
    isVolatile: IN_MEMORY.has(type),
    freeBytes: bavail * bsize,
    freeFiles: files === 0 ? null : ffree,
  };
}

async function nearest(path: string): Promise<string> {
  try {
    await access(path, constants.F_OK);
    return path;
  } catch (error) {
    if (isMissing(error) && dirname(path) !== path) return nearest(dirname(path));
    throw error;
  }
}
