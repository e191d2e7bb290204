import { fileURLToPath } from 'node:url';
import { Config, execute, flush, run, settings } from '@oclif/core';
import { pluginsPlaceUntrusted } from '../src/error-catalog.js';
import { isPresent } from '../src/host/files.js';
import { whyUntrusted } from '../src/host/trust.js';
import { globalFlagsLast } from './global-flags.js';
import { prepareNpm } from './npm-environment.js';
import { reportError } from './report.js';
import { addThirdParties, needsThirdParties } from './third-party.js';

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
    const config = await Config.load({ root: fileURLToPath(url), userPlugins: false });
    await run(await withThirdParties(args, config), config);
    await flush();
  } catch (error) {
    reportError(error, {
      json: args.includes('--json'),
      verbose: args.includes('-v') || args.includes('--verbose'),
    });
  }
}

/** Makes installed plugins' commands known where they can be meant; gives the words to run. */
async function withThirdParties(args: readonly string[], config: Config): Promise<string[]> {
  if (args.includes('--no-plugins') || !needsThirdParties(args, config)) return [...args];
  const { dataDir } = config;
  if (args[0] === 'plugins' && (await isPresent(dataDir))) {
    const why = await whyUntrusted(dataDir, process.geteuid?.() ?? 0);
    if (why !== null) throw pluginsPlaceUntrusted(dataDir, why);
  }
  for (const { message } of await addThirdParties(config)) process.stderr.write(`Warning: ${message}\n`);
  return args[0] === 'plugins' ? prepareNpm(args, dataDir) : [...args];
}
