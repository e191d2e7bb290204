import { join } from 'node:path';
import { type Config, Plugin } from '@oclif/core/config';
import { isPresent } from '../src/host/files.js';
import { whyUntrusted } from '../src/host/trust.js';
import { directoryOf, listInstalled } from '../src/plugins/installed.js';
import type { Warning } from '../src/plugins/lifecycle.js';

/**
 * Adds the commands of installed plugins, as their manifests list them: no code of theirs runs until one of their own
 * commands does. A name that the tool has stays the tool's, and oclif's own hooks of a plugin are not run.
 *
 * @returns what is not used, and why.
 */
export async function addThirdParties(config: Config): Promise<Warning[]> {
  const problems: Warning[] = [];
  const own = new Set(config.commandIDs.map((id) => id.split(':')[0]));
  for (const entry of await listInstalled(config.dataDir, problems)) {
    const { name, type } = entry;
    const directory = directoryOf(config.dataDir, entry);
    const manifest = join(directory, 'oclif.manifest.json');
    if (!(await isPresent(manifest))) continue;
    const why = await whyUntrusted(manifest, process.geteuid?.() ?? 0);
    if (why !== null) {
      problems.push({ code: 'plugin-unusable', message: `Plugin '${name}' is not used: ${why}.` });
      continue;
    }
    try {
      const plugin = new Plugin({ name, root: directory, type });
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
