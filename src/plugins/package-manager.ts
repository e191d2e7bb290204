import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { packageDirectory } from '../base/package-directory.js';
import { type Argv, run } from '../base/process.js';

/*
 * Fetches packages with @oclif/plugin-plugins and the npm that it brings, so that the host needs no npm. The commands
 * run in a separate process. That way the environment for npm and git affects nothing else, and nothing is printed into
 * a command's result.
 */

export interface FetchOptions {
  /** The directory whose package.json and node_modules are changed. */
  directory: string;
  /** Whether the packages' install scripts run, with the caller's permissions. */
  allowScripts: boolean;
  signal: AbortSignal;
}

/**
 * Installs packages and their dependencies. A spec is `name@tag`, or an address with a scheme.
 *
 * @throws NspawnError `command-failed`
 */
export async function installPackages(specs: readonly string[], options: FetchOptions): Promise<void> {
  // Look names up first: plugin-plugins treats any failed lookup as an unknown name, and then uninstalls the package.
  for (const spec of specs.filter((one) => !one.includes(':')))
    await start([npm(), 'view', spec, 'name', '--json', '--loglevel=notice'], options);
  await pluginPlugins('plugins:install', specs, options);
}

export const uninstallPackages = (names: readonly string[], options: FetchOptions) =>
  pluginPlugins('plugins:uninstall', names, options);

/** Where npm keeps its cache for root while the directory is being changed. */
export const cacheOf = (directory: string) => join(directory, '.npm');

const pluginPlugins = (command: string, words: readonly string[], options: FetchOptions) =>
  start([join(packageDirectory(), 'bin/plugin-plugins.js'), options.directory, command, ...words], options);

/** Runs a Node.js script in npm's environment. */
async function start(words: readonly string[], options: FetchOptions): Promise<void> {
  const { directory, allowScripts, signal } = options;
  const argv: Argv = [process.execPath, ...words];
  const settings = {
    npm_config_ignore_scripts: String(!allowScripts),
    // Pack and copy a folder. npm would otherwise link it, and later changes to the folder would run.
    npm_config_install_links: 'true',
    npm_config_logs_max: '0',
    npm_config_progress: 'false',
    npm_config_update_notifier: 'false',
  };
  // HOME may belong to another user, because sudo does not always change it. npm and git must not read that user's
  // files.
  const ofRoot = {
    HOME: directory,
    XDG_CONFIG_HOME: '',
    npm_config_userconfig: join(directory, '.npmrc'),
    npm_config_cache: cacheOf(directory),
  };
  const isRoot = process.geteuid?.() === 0;
  await run(argv, {
    cwd: directory,
    signal,
    env: { ...patience(), ...settings, ...(isRoot ? ofRoot : {}), NODE_OPTIONS: nodeOptions() },
  });
}

/**
 * How long npm and git wait for a host that does not answer. Their defaults are minutes. Values that the caller has set
 * take precedence.
 */
function patience(): Record<string, string> {
  const defaults = {
    npm_config_fetch_retries: '1',
    npm_config_fetch_retry_mintimeout: '500',
    npm_config_fetch_timeout: '6000',
    GIT_TERMINAL_PROMPT: '0',
    GIT_HTTP_LOW_SPEED_LIMIT: '1',
    GIT_HTTP_LOW_SPEED_TIME: '6',
    GIT_SSH_COMMAND: 'ssh -oBatchMode=yes -oConnectTimeout=6',
  };
  return Object.fromEntries(Object.entries(defaults).filter(([name]) => process.env[name] === undefined));
}

function nodeOptions(): string {
  const module = join(packageDirectory(), 'bin/connect-in-time.cjs').replace(/["\\]/g, '\\$&');
  return `${process.env.NODE_OPTIONS ?? ''} --require="${module}"`.trimStart();
}

/** The npm that plugin-plugins brings. */
function npm(): string {
  const here = createRequire(join(packageDirectory(), 'package.json'));
  const there = createRequire(here.resolve('@oclif/plugin-plugins'));
  return join(dirname(there.resolve('npm/package.json')), 'bin/npm-cli.js');
}
