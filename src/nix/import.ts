import { type RunOptions, run } from '../base/process.js';
import type { Tree } from '../container/tree.js';
import { archive, exported, storePathOf } from './archive.js';

type Options = Pick<RunOptions, 'signal'>;

/** A tree that is ready to be added to the store. */
export interface PackedTree {
  /** Its path in the store. */
  path: string;
  packed: Buffer;
  references: readonly string[];
}

/**
 * Packs a tree for the store.
 *
 * @param near store paths; the tree may refer to them and to what they refer to
 */
export async function packTree(
  name: string,
  tree: Tree,
  near: readonly string[],
  options: Options = {},
): Promise<PackedTree> {
  const packed = archive(tree);
  const candidates = new Set([...near, ...(await referencesOf(near, options))]);
  // As Nix itself does after a build: a reference is a path whose hash occurs in the files.
  const references = [...candidates].filter((path) => packed.includes(hashOf(path))).sort();
  return { path: storePathOf(packed, references, name), packed, references };
}

/**
 * Adds trees to the store. Unlike `nix-store --add`, this records what they refer to, so that Nix keeps it. The caller
 * protects the paths with roots first.
 */
export async function importTrees(trees: readonly PackedTree[], options: Options = {}): Promise<void> {
  const parts = trees.map(({ path, packed, references }) => exported(path, packed, references));
  const input = Buffer.concat([...parts, Buffer.alloc(8)]);
  await run(['nix-store', '--import'], { ...options, input });
}

async function referencesOf(paths: readonly string[], options: Options): Promise<string[]> {
  if (paths.length === 0) return [];
  const { stdout } = await run(['nix-store', '--query', '--references', ...paths], options);
  return stdout.split('\n').filter((line) => line !== '');
}

const hashOf = (path: string) => path.slice('/nix/store/'.length, '/nix/store/'.length + 32);
