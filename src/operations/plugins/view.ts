import { join } from 'node:path';
import * as z from 'zod';
import { readText } from '../../base/files.js';
import type { Survey } from '../../plugins/discovery.js';
import { lifecycleEvents } from '../../plugins/lifecycle.js';
import { jsonIn } from '../../text/json.js';

/** A plugin as `--json` shows it. */
export const pluginViewSchema = z.object({
  /** Its name, which is also the name of its section in a container's configuration. */
  name: z.string(),
  /** The name of its npm package. */
  package: z.string(),
  /** The version of its package; null if the package does not state it. */
  version: z.string().nullable(),
  /** `bundled` with the tool, `installed` by npm, or `linked` to a directory. */
  kind: z.enum(['bundled', 'installed', 'linked']),
  /** What it was installed from; null if it is bundled or linked. */
  source: z.string().nullable(),
  /** The absolute path of its package. */
  directory: z.string(),
  /** The events at which it is called, in the order in which they happen in a container's life. */
  events: z.array(z.string()),
  /** Names of its presets. */
  presets: z.array(z.string()),
  /** Commands that it adds, as typed. */
  commands: z.array(z.string()),
  /** Why it is not used; null if it is. */
  problem: z.string().nullable(),
});
export type PluginView = z.infer<typeof pluginViewSchema>;

const packageSchema = z.looseObject({ name: z.string(), version: z.string() });
const commandsSchema = z.looseObject({ commands: z.record(z.string(), z.unknown()) });

/** Describes a plugin from its files. Does not run its code. */
export async function viewPlugin(survey: Survey): Promise<PluginView> {
  const { directory, kind, entry, reading } = survey;
  const described = packageSchema.safeParse(await jsonOf(join(directory, 'package.json')));
  const commands = commandsSchema.safeParse(await jsonOf(join(directory, 'oclif.manifest.json')));
  const manifest = 'manifest' in reading ? reading.manifest : null;
  return {
    name: manifest?.name ?? survey.name,
    package: described.data?.name ?? survey.name,
    version: described.data?.version ?? null,
    kind,
    source: entry?.type === 'user' ? (entry.url ?? `${entry.name}@${entry.tag ?? 'latest'}`) : null,
    directory,
    events: lifecycleEvents.filter((event) => manifest?.listeners.has(event)),
    presets: [...(manifest?.presets ?? [])],
    commands: Object.keys(commands.data?.commands ?? {}).map((id) => id.replaceAll(':', ' ')),
    problem: 'problem' in reading ? reading.problem : null,
  };
}

async function jsonOf(path: string): Promise<unknown> {
  return jsonIn((await readText(path)) ?? '');
}
