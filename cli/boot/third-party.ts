import { join } from 'node:path';
import type { Command } from '@oclif/core';
import { type Config, Plugin } from '@oclif/core/config';
import * as z from 'zod';
import { isPresent, readText } from '../../src/base/files.js';
import { pluginCommandUnusable } from '../../src/errors/plugins.js';
import { whyUntrusted } from '../../src/host/trust.js';
import { directoryOf, type InstalledEntry, listInstalled } from '../../src/plugins/installed.js';
import type { Warning } from '../../src/plugins/lifecycle.js';
import { whyNoModule } from '../../src/plugins/module-place.js';
import { jsonIn } from '../../src/text/json.js';
import { guardedCommand } from './guarded-command.js';

const manifestSchema = z.looseObject({
  version: z.string(),
  commands: z.record(z.string(), z.looseObject({ relativePath: z.array(z.string()).optional() })),
});
const packageSchema = z.looseObject({ name: z.string() });

/**
 * Adds the commands of installed plugins from their manifests, so that no code of theirs runs until one of their
 * commands does. The tool's own commands take precedence over theirs. A plugin's hooks for oclif are not run.
 *
 * @returns which plugins are not used, and why.
 */
export async function addThirdParties(config: Config, args: readonly string[]): Promise<Warning[]> {
  const problems: Warning[] = [];
  const own = new Set(config.commandIDs.map((id) => id.split(':')[0]));
  for (const entry of await listInstalled(config.dataDir, problems)) {
    const directory = directoryOf(config.dataDir, entry);
    const file = join(directory, 'oclif.manifest.json');
    if (!(await isPresent(file))) continue;
    const untrusted = await whyUntrusted(file, process.geteuid?.() ?? 0);
    const plugin = untrusted === null ? await loaded(entry, directory, file) : { problem: untrusted };
    if ('problem' in plugin) {
      const message = `Plugin '${entry.name}' is not used: ${plugin.problem}.`;
      problems.push({ code: 'plugin-unusable', message });
      continue;
    }
    plugin.commands = plugin.commands
      .filter(({ id }) => !own.has(id.split(':')[0]))
      .map((command) => guarded(command, plugin, args));
    config.plugins.set(plugin.name, plugin);
  }
  return problems;
}

async function loaded(
  { name, type }: InstalledEntry,
  root: string,
  file: string,
): Promise<Plugin | { problem: string }> {
  // If a manifest is unusable, oclif would run the command modules to find out what they are.
  const manifest = manifestSchema.safeParse(await jsonOf(file));
  if (!manifest.success)
    return { problem: `${file} is not a list of commands; 'npx oclif manifest' writes one` };
  const described = packageSchema.safeParse(await jsonOf(join(root, 'package.json')));
  if (!described.success) return { problem: `${root} has no package.json with a name` };
  // It would do the same if the versions differ, as they do while a plugin is being developed.
  const pjson = { oclif: {}, ...described.data, version: manifest.data.version };
  try {
    const plugin = new Plugin({ name, root, type, pjson });
    await plugin.load();
    plugin.hooks = {};
    return plugin;
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

const jsonOf = async (file: string) => jsonIn((await readText(file)) ?? '');

/** The command, guarded. Its module is loaded only if it is inside the package and other users cannot write to it. */
function guarded(
  command: Command.Loadable,
  { name, root }: Plugin,
  args: readonly string[],
): Command.Loadable {
  const load = async () => {
    const { relativePath } = command;
    if (relativePath !== undefined) {
      const why = await whyNoModule(root, join(root, ...relativePath), process.geteuid?.() ?? 0);
      if (why !== null) throw pluginCommandUnusable(name, command.id, why);
    }
    return command.load();
  };
  return { ...command, load: () => guardedCommand(command, args, load) };
}
