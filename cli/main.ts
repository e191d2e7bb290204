import { fileURLToPath } from 'node:url';
import { Config } from '@oclif/core/config';
import { flush } from '@oclif/core/flush';
import { run } from '@oclif/core/run';
import { settings } from '@oclif/core/settings';
import { globalFlagsLast } from './global-flags.js';

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
    const { execute } = await import('@oclif/core/execute');
    await execute({ args, development: true, dir: url });
    return;
  }
  try {
    const config = await Config.load({ root: fileURLToPath(url), userPlugins: false });
    await run([...(await withThirdParties(args, config))], config);
    await flush();
  } catch (error) {
    const { reportError } = await import('./report.js');
    reportError(error, {
      json: args.includes('--json'),
      verbose: args.includes('-v') || args.includes('--verbose'),
    });
  }
}

/** Makes installed plugins' commands known where they can be meant. */
async function withThirdParties(args: readonly string[], config: Config): Promise<readonly string[]> {
  if (args.includes('--no-plugins') || !needsThirdParties(args, config)) return args;
  const { addThirdParties } = await import('./third-party.js');
  for (const { message } of await addThirdParties(config)) process.stderr.write(`Warning: ${message}\n`);
  return args;
}

/**
 * Whether a command line can need what installed plugins bring: their own commands, and the help that lists them. The
 * tool's own verbs never load them, so that none can break or slow them.
 */
function needsThirdParties(argv: readonly string[], config: Config): boolean {
  const end = argv.findIndex((word) => word.startsWith('-'));
  const words = end === -1 ? argv : argv.slice(0, end);
  const [first] = words;
  if (first === undefined) return !argv.some((word) => ['--version', '-V'].includes(word));
  if (first === 'help') return true;
  return !words.some((_, index) => config.findCommand(words.slice(0, index + 1).join(':')) !== undefined);
}
