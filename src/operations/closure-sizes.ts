import { NspawnError } from '../errors.js';
import { closureSizes } from '../nix/closure-info.js';

/**
 * Each path's closure size in bytes. Null where Nix refuses them to this user: without a daemon, it opens its database
 * for root alone.
 */
export async function sizesIfAllowed(
  paths: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, number> | null> {
  try {
    return await closureSizes(paths, { signal });
  } catch (error) {
    const isFailure = error instanceof NspawnError && error.code === 'command-failed';
    if (isFailure && process.geteuid?.() !== 0) return null;
    throw error;
  }
}
