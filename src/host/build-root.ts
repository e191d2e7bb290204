import { readlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { entries, isPresent, removeFile } from '../base/files.js';
import { isMissing } from '../errors/system-calls.js';

/**
 * Lets go of a build's temporary root: the link itself, and the indirect root that Nix made for it
 * (`gcroots/auto/HASH` -> the link), which would else dangle until the next garbage collection. The directory of the
 * links stays: another container's build under way may be about to put its own there.
 */
export const releaseBuildRoot = (path: string, autoRootsDir: string) =>
  releaseBuildRoots([path], autoRootsDir);

/** The same for several, with one look at Nix's roots. */
export async function releaseBuildRoots(paths: readonly string[], autoRootsDir: string): Promise<void> {
  if (paths.length === 0) return;
  for (const path of paths) {
    await removeFile(path);
    await removeNixDrafts(path);
  }
  await Promise.all(
    (await entries(autoRootsDir)).map(async (name) => {
      const root = join(autoRootsDir, name);
      if (paths.includes((await target(root)) ?? '')) await removeFile(root);
    }),
  );
}

/**
 * Nix makes a link under another name first, `.0_NAME` beside it (replaceSymlink() in its src/libutil/file-system.cc), and
 * leaves that when it is killed. The caller holds the lock of what the link belongs to.
 */
export async function removeNixDrafts(link: string): Promise<void> {
  const directory = dirname(link);
  for (const name of await entries(directory))
    if (/^\.\d+_(.*)$/.exec(name)?.[1] === basename(link)) await removeFile(join(directory, name));
}

/**
 * Nix makes an indirect root for each generation of a profile (`gcroots/auto/HASH` -> `system-N-link`). Those of
 * generations that are no more go here; Nix itself would take them away at the next garbage collection.
 */
export async function forgetDanglingRoots(within: string, autoRootsDir: string): Promise<void> {
  await Promise.all(
    (await entries(autoRootsDir)).map(async (name) => {
      const root = join(autoRootsDir, name);
      const generation = await target(root);
      if (generation?.startsWith(`${within}/`) && !(await isPresent(generation))) await removeFile(root);
    }),
  );
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
