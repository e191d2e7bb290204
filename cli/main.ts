import { execute, flush, run, settings } from '@oclif/core';
import { globalFlagsLast } from './global-flags.js';
import { reportError } from './report.js';

/**
 * Where root's plugins live. oclif would keep them below HOME, which sudo may leave pointing at another user's:
 * whoever can write there would run code as root.
 */
const ROOT_DATA_DIR = '/var/lib/nixos-nspawn/plugins';

/** The command line's way in: `url` is that of the file in bin/, from which oclif finds the package. */
export async function main(
  argv: readonly string[],
  url: string,
  options: { development?: boolean } = {},
): Promise<void> {
  const args = globalFlagsLast(argv);
  if (process.geteuid?.() === 0) process.env.NIXOS_NSPAWN_DATA_DIR ??= ROOT_DATA_DIR;
  if (options.development) {
    settings.debug = true;
    await execute({ args, development: true, dir: url });
    return;
  }
  try {
    await run(args, url);
    await flush();
  } catch (error) {
    reportError(error, {
      json: args.includes('--json'),
      verbose: args.includes('-v') || args.includes('--verbose'),
    });
  }
}
