import { readdir, readlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isMissing } from '../errors.js';
import { removeEmptyDirectory, removeFile } from './files.js';

/**
 * Lets go of a build's temporary root: the link itself, and the indirect root that Nix made for it
 * (`gcroots/auto/HASH` -> the link), which would else dangle until the next garbage collection.
 */
export async function releaseBuildRoot(path: string, autoRootsDir: string): Promise<void> {
  await removeFile(path);
  await Promise.all(
    (await entries(autoRootsDir)).map(async (name) => {
      const root = join(autoRootsDir, name);
      if ((await target(root)) === path) await removeFile(root);
    }),
  );
  await removeEmptyDirectory(dirname(path));
}

async function entries(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function target(path: string): Promise<string | null> {
  try {
    return await readlink(path);
  } catch (error) {
    // Gone since it was listed, or no link at all: not the root in question either way.
    if (isMissing(error) || (error as NodeJS.ErrnoException).code === 'EINVAL') return null;
    throw error;
  }
}
