import { join, resolve } from 'node:path';

/** Asks npm to run the install scripts of packages, which it otherwise does not. */
const ALLOW_SCRIPTS = '--allow-scripts';

/**
 * The words for plugin-plugins, with the environment set for the npm that it starts: install scripts would run with
 * the caller's rights, so they stay off unless asked for; and root's npm reads and writes nothing below HOME, which
 * sudo may leave pointing at another user's.
 */
export function prepareNpm(argv: readonly string[], dataDir: string): string[] {
  process.env.npm_config_ignore_scripts = String(!argv.includes(ALLOW_SCRIPTS));
  process.env.npm_config_update_notifier = 'false';
  // A folder is packed and copied; npm would otherwise link it, and run what later stands there.
  process.env.npm_config_install_links = 'true';
  if (process.geteuid?.() === 0) {
    process.env.npm_config_userconfig = join(dataDir, '.npmrc');
    process.env.npm_config_cache = join(dataDir, '.npm');
  }
  const words = argv.filter((word) => word !== ALLOW_SCRIPTS);
  return words[1] === 'install' || words[1] === 'add' ? words.map(asAddress) : words;
}

/** plugin-plugins takes a path for the name of a repository on GitHub, unless it is an address. */
const asAddress = (word: string) => (/^(?:\/|\.{1,2}\/)/.test(word) ? `file:${resolve(word)}` : word);
