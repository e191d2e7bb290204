import { join } from 'node:path';
import { type Generation, generationLink } from '../container/generation.js';
import { closurePaths } from '../nix/closure-info.js';
import { garbageRoots } from '../nix/store.js';

/**
 * How many bytes a garbage collection could free once these generations of a profile are deleted: what no other root on
 * this host holds. Generations share most of their store paths with others.
 */
export async function freeableBytes(
  profileDir: string,
  generations: readonly Generation[],
  signal: AbortSignal,
): Promise<number> {
  if (generations.length === 0) return 0;
  const links = new Set(generations.map(({ number }) => join(profileDir, generationLink(number))));
  const roots = await garbageRoots({ signal });
  const held = roots.filter(({ holder }) => !links.has(holder) && !isTemporary(holder));
  const [doomed, live] = await Promise.all([
    closurePaths(
      generations.map(({ path }) => path),
      { signal },
    ),
    closurePaths(
      held.map(({ path }) => path),
      { signal },
    ),
  ]);
  let bytes = 0;
  for (const [path, size] of doomed) if (!live.has(path)) bytes += size;
  return bytes;
}

/** A running Nix process holds paths that may not exist yet, and releases them soon. */
const isTemporary = (holder: string) => holder.startsWith('{temp');
