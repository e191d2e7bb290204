import { access, constants, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isMissing } from '../../errors/system-calls.js';
import type { Layout } from '../../host/layout.js';
import { type Unwritable, whyUnwritable } from '../../host/writable.js';
import { fact } from '../look.js';

export interface Place {
  path: string;
  /** Why it, or its nearest existing parent, cannot be written to; null if it can. */
  unwritable: Unwritable | null;
  /** Whether it is in memory, and so lost at the next boot. */
  isVolatile: boolean;
  freeBytes: number;
  /** How many more files and directories fit; null on file systems that do not count them. */
  freeFiles: number | null;
}

/** statfs(2), f_type. */
const IN_MEMORY = new Set([0x01021994 /* tmpfs */, 0x858458f6 /* ramfs */]);

/** The directories that containers and their files are put into. */
export const places = fact(
  ({ layout }): Promise<readonly Place[]> =>
    Promise.all(placesInUse(layout).map((path) => placeAt(layout, path))),
);

const placesInUse = (layout: Layout): string[] => [
  layout.unitDir,
  layout.networkDir,
  layout.machinesDir,
  layout.profilesDir,
  layout.stateDir,
  join(layout.root, 'nix', 'store'),
];

/** The path need not exist yet. */
async function placeAt(layout: Layout, path: string): Promise<Place> {
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
