import { lutimes, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { makeDirectory, putLink, syncDirectory } from '../../base/files.js';
import { generationLink } from '../../container/generation.js';
import type { Places } from '../../host/layout.js';
import { importTrees, type PackedTree } from '../../nix/import.js';
import { syncStore } from '../../nix/store-on-disk.js';
import type { Transaction } from '../../pipeline/transaction.js';

/** A generation whose closure is not in the store yet. */
export interface PackedGeneration {
  number: number;
  created: Date;
  tree: PackedTree;
}

/**
 * Makes a profile of closures that are not built, but packed by this tool. Nix would give the generations other numbers
 * and dates. The links are made first: they protect the closures as soon as these are in the store.
 */
export async function makeProfile(
  places: Places,
  generations: readonly PackedGeneration[],
  current: number,
  transaction: Transaction,
  signal: AbortSignal,
): Promise<void> {
  await transaction.willUndo({
    do: 'restore-profile',
    profile: places.profile,
    current: null,
    recorded: [],
  });
  await makeDirectory(places.profileDir);
  for (const { number, created, tree } of generations) {
    const link = join(places.profileDir, generationLink(number));
    await symlink(tree.path, link);
    await lutimes(link, created, created);
  }
  await putLink(places.profile, basename(generationLink(current)));
  await syncDirectory(places.profileDir);
  await importTrees(
    generations.map(({ tree }) => tree),
    { signal },
  );
  // The former profile is deleted after the commit, so the new closures must be on the disk by then.
  await syncStore();
}
