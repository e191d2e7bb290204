import { Config, Plugin } from '@oclif/core/config';
import { flush } from '@oclif/core/flush';
import { setLogger } from '@oclif/core/logger';
import { run } from '@oclif/core/run';
import { settings } from '@oclif/core/settings';
import { packageDirectory } from '../../src/base/package-directory.js';
import { ExitCode } from '../../src/errors/exit-codes.js';
import { AGENT } from '../../src/text/protocol.js';
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
 * Where root's plugins are. oclif would keep them below HOME. With sudo, that may be another user's directory, and that
 * user could run code as root.
 */
const ROOT_DATA_DIR = '/var/lib/nixos-nspawn/plugins';

/**
 * Runs one command line.
 *
 * @param argv without Node.js and the script.
 * @param built the modules of the built program; null to run from the sources, even if there is a build.
 */
export async function main(argv: readonly string[], built: BuiltModules | null): Promise<void> {
  shieldOutputs();
  takeResultDescriptor();
  leaveUnusableDirectory();
  const isAgent = argv[0] === AGENT;
  const args = globalFlagsLast(isAgent ? argv.slice(2) : argv);
  process.once('uncaughtException', (error) => endUncaught(error, wantsJson(args)));
  if (process.geteuid?.() === 0) {
    process.env.NIXOS_NSPAWN_DATA_DIR ??= ROOT_DATA_DIR;
    // Others must be able to read what root creates here: networkd, other users, plugins. Secret files set their own
    // mode.
    process.umask(0o022);
  }
  try {
    if (isAgent) {
      const { becomeAgent } = await import('./agent.js');
      await becomeAgent(argv[1], argv[2]);
    }
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
  // If the command itself failed, its exit code says more.
  const former = process.exitCode;
  reportError(outputLost(lost), { json: false, verbose: false });
  if (former) process.exitCode = former;
}

/**
 * Ends the program at once, as Node.js does, but prints a readable stack instead of a long line of the minified
 * program. The next command undoes what was begun.
 */
async function endUncaught(error: Error, json: boolean): Promise<void> {
  // Later exceptions say less than the first one.
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
 * Creates oclif's configuration for a command line. For the tool's own commands, it contains only these commands. It
 * does not contain the installed plugins, so that they cannot break or slow down a command of the tool. It also does
 * not contain oclif's plugin for `help`. (If oclif had to find that plugin by itself, it would match file patterns,
 * which takes a tenth of the start time.)
 */
async function configFor(args: readonly string[], built: BuiltModules | null) {
  const root = packageDirectory();
  const logger = process.env.DEBUG ? undefined : silentLogger;
  setLogger({ root, logger });
  // Run plugins as built, wherever they are. For a linked one, oclif would otherwise look for the sources and warn.
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
    // If this process runs a plugin's command for another process, that one has already shown the problems.
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
/** The command whose output covers all commands, including `help`. */
const LISTS_VERBS = 'completions';

/** The tool's own command at the start of a command line, or its version flag; null for anything else. */
function verbOf(argv: readonly string[], { commands }: Plugin): string | null {
  const end = argv.findIndex((word) => word.startsWith('-'));
  const words = end === -1 ? argv : argv.slice(0, end);
  if (words.length === 0) return argv.find((word) => VERSION_FLAGS.includes(word)) ?? null;
  const known = new Set(commands.flatMap(({ id, aliases }) => [id, ...aliases]));
  const ids = words.map((_, index) => words.slice(0, index + 1).join(':'));
  return ids.find((id) => known.has(id)) ?? null;
}
