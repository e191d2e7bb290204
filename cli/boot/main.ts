import { Config, Plugin } from '@oclif/core/config';
import { flush } from '@oclif/core/flush';
import { setLogger } from '@oclif/core/logger';
import { run } from '@oclif/core/run';
import { settings } from '@oclif/core/settings';
import { packageDirectory } from '../../src/base/package-directory.js';
import { ExitCode } from '../../src/errors/exit-codes.js';
import {
  asResult,
  resultDescriptor,
  resultLost,
  shieldOutputs,
  takeResultDescriptor,
} from '../outputs/output.js';
import { marked } from '../views/colour.js';
import { globalFlagsLast } from './global-flags.js';
import { type BuiltModules, BuiltPackage, sourcePackage } from './own-package.js';
import { silentLogger } from './silent-logger.js';
import { wantsDetail, wantsJson } from './wanted-output.js';
import { leaveUnusableDirectory } from './working-directory.js';

/**
 * Where root's plugins live. oclif would keep them below HOME, which sudo may leave pointing at another user's:
 * whoever can write there would run code as root.
 */
const ROOT_DATA_DIR = '/var/lib/nixos-nspawn/plugins';

/**
 * Runs one command line.
 *
 * @param argv without Node.js and the script.
 * @param built the modules of the built program; null to run from the sources, whatever has been built.
 */
export async function main(argv: readonly string[], built: BuiltModules | null): Promise<void> {
  shieldOutputs();
  takeResultDescriptor();
  leaveUnusableDirectory();
  const args = globalFlagsLast(argv);
  process.once('uncaughtException', (error) => endUncaught(error, wantsJson(args)));
  if (process.geteuid?.() === 0) {
    process.env.NIXOS_NSPAWN_DATA_DIR ??= ROOT_DATA_DIR;
    // What root makes here is for others to read: networkd, other users, plugins. What is secret has a mode of its own.
    process.umask(0o022);
  }
  try {
    await run([...args], await configFor(args, built));
    await flush();
  } catch (error) {
    const { reportError } = await import('../outputs/report.js');
    asResult(() =>
      reportError(error, {
        json: wantsJson(args),
        verbose: wantsDetail(args),
      }),
    );
  }
  const lost = resultLost();
  if (lost === null) return;
  const [{ outputLost }, { reportError }] = await Promise.all([
    import('../../src/errors/commands.js'),
    import('../outputs/report.js'),
  ]);
  // A failure of the command itself says more.
  const former = process.exitCode;
  reportError(outputLost(lost), { json: false, verbose: false });
  if (former) process.exitCode = former;
}

/**
 * Ends the program at once, as Node.js does, but with a stack that can be read in place of a line of the program, which is
 * long. The next command undoes what was begun.
 */
async function endUncaught(error: Error, json: boolean): Promise<void> {
  // The first one tells most.
  process.on('uncaughtException', () => undefined);
  process.exitCode = ExitCode.unexpected;
  try {
    const { reportError } = await import('../outputs/report.js');
    reportError(error, { json, verbose: true });
  } finally {
    process.exit();
  }
}

/**
 * What oclif is to know for a command line. The tool's own verbs meet nothing else: neither what is installed, which can
 * so neither break nor slow them, nor the plugin of oclif's that brings `help`. (Left to find that one by itself, oclif
 * matches patterns for it, a tenth of a start.)
 */
async function configFor(args: readonly string[], built: BuiltModules | null) {
  const root = packageDirectory();
  const logger = process.env.DEBUG ? undefined : silentLogger;
  setLogger({ root, logger });
  // A plugin is run as it was built, wherever it lies; of a linked one oclif would look for the sources, and warn.
  settings.enableAutoTranspile = false;
  const own = await ownPackage(root, built);
  const verb = verbOf(args, own);
  const plugins = new Map([[own.name, own]]);
  if (verb !== null && verb !== LISTS_VERBS) return { root, plugins, userPlugins: false, logger };
  const help = new Plugin({ name: '@oclif/plugin-help', root, type: 'core' });
  await help.load();
  plugins.set(help.name, help);
  const config = await Config.load({ root, plugins, userPlugins: false });
  if (verb === null && !args.includes('--no-plugins')) {
    const { addThirdParties } = await import('./third-party.js');
    const problems = await addThirdParties(config, args);
    // Told already by the process that runs a command of theirs apart.
    if (resultDescriptor() === null)
      for (const { message } of problems) process.stderr.write(`${marked('Warning')} ${message}\n`);
  }
  return config;
}

async function ownPackage(root: string, built: BuiltModules | null): Promise<Plugin> {
  if (built === null) return sourcePackage(root);
  const own = new BuiltPackage(root, built);
  await own.load();
  return own;
}

const VERSION_FLAGS = ['--version', '-V'];
/** The verb that completes them all, `help` included. */
const LISTS_VERBS = 'completions';

/** The tool's own verb, or its question for the version, that a command line begins with; null for anything else. */
function verbOf(argv: readonly string[], { commands }: Plugin): string | null {
  const end = argv.findIndex((word) => word.startsWith('-'));
  const words = end === -1 ? argv : argv.slice(0, end);
  if (words.length === 0) return argv.find((word) => VERSION_FLAGS.includes(word)) ?? null;
  const known = new Set(commands.flatMap(({ id, aliases }) => [id, ...aliases]));
  const ids = words.map((_, index) => words.slice(0, index + 1).join(':'));
  return ids.find((id) => known.has(id)) ?? null;
}
