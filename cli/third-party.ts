import { join } from 'node:path';
import { type Config, Plugin } from '@oclif/core';
import { isPresent } from '../src/host/files.js';
import { whyUntrusted } from '../src/host/trust.js';
import { listInstalled } from '../src/plugins/discovery.js';
import type { Warning } from '../src/plugins/lifecycle.js';

/**
 * Whether a command line can need what installed plugins bring: their own commands, the help that lists them, and
 * `plugins` itself. The tool's own verbs never load them, so that none can break or slow them.
 */
export function needsThirdParties(argv: readonly string[], config: Config): boolean {
  const end = argv.findIndex((word) => word.startsWith('-'));
  const words = end === -1 ? argv : argv.slice(0, end);
  const [first] = words;
  if (first === undefined) return !argv.some((word) => ['--version', '-V'].includes(word));
  if (first === 'help' || first === 'plugins') return true;
  return !words.some((_, index) => config.findCommand(words.slice(0, index + 1).join(':')) !== undefined);
}

/**
 * Adds the commands of installed plugins, as their manifests list them: no code of theirs runs until one of their own
 * commands does. A name that the tool has stays the tool's, and oclif's own hooks of a plugin are not run.
 *
 * @returns what is not used, and why.
 */
export async function addThirdParties(config: Config): Promise<Warning[]> {
  const problems: Warning[] = [];
  const own = new Set(config.commandIDs.map((id) => id.split(':')[0]));
  for (const { name, directory, kind } of await listInstalled(config.dataDir, problems)) {
    const manifest = join(directory, 'oclif.manifest.json');
    if (!(await isPresent(manifest))) continue;
    const why = await whyUntrusted(manifest, process.geteuid?.() ?? 0);
    if (why !== null) {
      problems.push({ code: 'plugin-unusable', message: `Plugin '${name}' is not used: ${why}.` });
      continue;
    }
    try {
      const plugin = new Plugin({ name, root: directory, type: kind === 'linked' ? 'link' : 'user' });
      await plugin.load();
      plugin.hooks = {};
      plugin.commands = plugin.commands.filter(({ id }) => !own.has(id.split(':')[0]));
      config.plugins.set(plugin.name, plugin);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      problems.push({ code: 'plugin-unusable', message: `Plugin '${name}' is not used: ${text}.` });
    }
  }
  return problems;
}
