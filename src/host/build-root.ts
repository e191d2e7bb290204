import { readlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { entries, isPresent, removeFile } from '../base/files.js';
import { isMissing } from '../errors/system-calls.js';

/**
 * Releases a build's temporary root. This removes the link itself and the indirect root that Nix made for it
 * (`gcroots/auto/HASH` -> the link), which would otherwise dangle until the next garbage collection. The directory of
 * the links stays, because the build of another container may be about to put its own link there.
 */
export const releaseBuildRoot = (path: string, autoRootsDir: string) =>
  releaseBuildRoots([path], autoRootsDir);

/** Like `releaseBuildRoot` for several links, but lists Nix's roots only once. */
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
 * Removes the temporary links that an interrupted Nix left behind. Nix first makes a link under another name, `.0_NAME`
 * beside the final one (replaceSymlink() in its src/libutil/file-system.cc). The caller holds the lock for the link.
 */
export async function removeNixDrafts(link: string): Promise<void> {
  const directory = dirname(link);
  for (const name of await entries(directory))
    if (/^\.\d+_(.*)$/.exec(name)?.[1] === basename(link)) await removeFile(join(directory, name));
}

/**
 * Removes the indirect roots of deleted generations. Nix makes one for each generation of a profile
 * (`gcroots/auto/HASH` -> `system-N-link`), and would itself remove them only at the next garbage collection.
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
    // The file was deleted since it was listed, or it is not a link. Either way it is not the root in question.
    if (isMissing(error) || (error as NodeJS.ErrnoException).code === 'EINVAL') return null;
    throw error;
  }
}
