import { join } from 'node:path';
import { type Config, Plugin } from '@oclif/core';
import { pluginsPlaceUntrusted } from '../src/error-catalog.js';
import { isPresent } from '../src/host/files.js';
import { whyUntrusted } from '../src/host/trust.js';
import { listInstalled } from '../src/plugins/discovery.js';
import type { Warning } from '../src/plugins/lifecycle.js';
import { prepareNpm } from './npm-environment.js';

/** Makes the commands of installed plugins known to oclif; gives the words to run. */
export async function prepareThirdParties(args: readonly string[], config: Config): Promise<string[]> {
  const { dataDir } = config;
  if (args[0] === 'plugins' && (await isPresent(dataDir))) {
    const why = await whyUntrusted(dataDir, process.geteuid?.() ?? 0);
    if (why !== null) throw pluginsPlaceUntrusted(dataDir, why);
  }
  for (const { message } of await addThirdParties(config)) process.stderr.write(`Warning: ${message}\n`);
  return args[0] === 'plugins' ? prepareNpm(args, dataDir) : [...args];
}

/**
 * Adds the commands of installed plugins, as their manifests list them: no code of theirs runs until one of their own
 * commands does. A name that the tool has stays the tool's, and oclif's own hooks of a plugin are not run.
 *
 * @returns what is not used, and why.
 */
async function addThirdParties(config: Config): Promise<Warning[]> {
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
