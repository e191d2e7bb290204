import { join } from 'node:path';
import { packageDirectory } from '../package-directory.js';
import { type Argv, run } from '../process.js';

/*
 * What fetches packages is @oclif/plugin-plugins, with the npm that it brings: a host that has the tool need not have one.
 * Its commands run in a process of their own, so that the environment which npm and git see is nobody else's, and nothing
 * is printed into a command's result.
 */

export interface FetchOptions {
  /** The directory whose package.json and node_modules are changed. */
  directory: string;
  /** Whether packages' own install scripts run, with the caller's rights. */
  allowScripts: boolean;
  signal: AbortSignal;
}

/** Packages and what they depend on: `name@tag`, or an address with a scheme. @throws NspawnError `command-failed` */
export const installPackages = (specs: readonly string[], options: FetchOptions) =>
  pluginPlugins('plugins:install', specs, options);

export const uninstallPackages = (names: readonly string[], options: FetchOptions) =>
  pluginPlugins('plugins:uninstall', names, options);

/** Where root's npm keeps what it fetched, for as long as the directory is being changed. */
export const cacheOf = (directory: string) => join(directory, '.npm');

async function pluginPlugins(command: string, words: readonly string[], options: FetchOptions) {
  const { directory, allowScripts, signal } = options;
  const argv: Argv = [process.execPath, program(), directory, command, ...words];
  const settings = {
    npm_config_ignore_scripts: String(!allowScripts),
    // A folder is packed and copied; npm would otherwise link it, and what later stands there would run.
    npm_config_install_links: 'true',
    npm_config_logs_max: '0',
    npm_config_progress: 'false',
    npm_config_update_notifier: 'false',
  };
  // What npm and the git that it starts find in HOME may be another user's: sudo may leave it pointing there.
  const ofRoot = {
    HOME: directory,
    XDG_CONFIG_HOME: '',
    npm_config_userconfig: join(directory, '.npmrc'),
    npm_config_cache: cacheOf(directory),
  };
  const isRoot = process.geteuid?.() === 0;
  await run(argv, { cwd: directory, signal, env: isRoot ? { ...settings, ...ofRoot } : settings });
}

const program = () => join(packageDirectory(), 'bin/plugin-plugins.js');
