import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type Argv, type RunOptions, run } from '../process.js';

export interface NpmOptions {
  /** The directory whose package.json and node_modules are changed. */
  directory: string;
  /** Whether packages' own install scripts run, with the caller's rights. */
  allowScripts: boolean;
  signal: AbortSignal;
}

/** Packages and what they depend on, by npm's specs. @throws NspawnError `command-failed` */
export async function npmInstall(specs: readonly string[], options: NpmOptions): Promise<void> {
  // A folder is packed and copied; npm would otherwise link it, and what later stands there would run.
  await npm('install', ['--omit=dev', '--no-audit', '--install-links'], specs, options);
}

export async function npmUninstall(names: readonly string[], options: NpmOptions): Promise<void> {
  await npm('uninstall', [], names, options);
}

async function npm(verb: string, flags: readonly string[], words: readonly string[], options: NpmOptions) {
  const { directory, allowScripts, signal } = options;
  const argv: Argv = [
    process.execPath,
    program(),
    verb,
    ...flags,
    ...['--loglevel=error', '--logs-max=0', '--no-fund', '--no-update-notifier', '--no-progress'],
    `--ignore-scripts=${!allowScripts}`,
    ...(isRoot() ? [`--userconfig=${join(directory, '.npmrc')}`, `--cache=${cacheOf(directory)}`] : []),
    '--',
    ...words,
  ];
  const surroundings: RunOptions = { cwd: directory, signal };
  // What npm and the git that it starts find in HOME may be another user's: sudo may leave it pointing there.
  await run(
    argv,
    isRoot() ? { ...surroundings, env: { HOME: directory, XDG_CONFIG_HOME: '' } } : surroundings,
  );
}

/** Where root's npm keeps what it fetched, for as long as the directory is being changed. */
export const cacheOf = (directory: string) => join(directory, '.npm');

const isRoot = () => process.geteuid?.() === 0;

/** The npm that this package depends on: a host that has the tool need not have npm. */
function program(): string {
  return join(dirname(createRequire(import.meta.url).resolve('npm/package.json')), 'bin/npm-cli.js');
}
