import { ExitCode } from '../errors/exit-codes.js';
import { NspawnError } from '../errors/nspawn-error.js';
import { closureSizes } from '../nix/closure-info.js';
import { reasonOf } from '../nix/reason.js';
import type { Context } from './context.js';

/**
 * The size of each path's closure in bytes; null if Nix does not report it. Without a daemon, only root can open Nix's
 * database, which the caller reports. Any other reason is a warning, because everything else can be shown without Nix.
 */
export async function sizesIfTold(
  container: string,
  paths: readonly string[],
  { signal, listener }: Pick<Context, 'signal' | 'listener'>,
): Promise<Map<string, number> | null> {
  try {
    return await closureSizes(paths, { signal });
  } catch (error) {
    const isWithoutNix =
      error instanceof NspawnError &&
      (error.exitCode === ExitCode.externalCommand || error.exitCode === ExitCode.hostLacks);
    if (!isWithoutNix) throw error;
    if (process.geteuid?.() === 0)
      listener({
        container,
        type: 'warning',
        code: 'no-closure-size',
        message: `Nix does not report the size of closures: ${reasonOf(error)}.`,
      });
    return null;
  }
}
