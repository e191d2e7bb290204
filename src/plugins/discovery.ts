import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { isMissing } from '../errors.js';
import { readText } from '../host/files.js';
import { whyUntrusted } from '../host/trust.js';
import type { Warning } from './lifecycle.js';
import { type PluginManifest, readManifest } from './manifest.js';

export interface Discovery {
  /** In the order of asking: bundled ones by name, then others in the order in which they were installed. */
  plugins: PluginManifest[];
  /** Plugins that are there but not used, and why. */
  problems: Warning[];
}

export interface DiscoveryOptions {
  /** Where the tool keeps installed plugins; null for bundled ones alone. */
  dataDir: string | null;
  /** Directory of bundled plugins; default the package's own. */
  bundledDir?: string;
  /** Whose code may run; default this process's user. */
  uid?: number;
}

/** Finds the plugins by their package.json alone: no code of theirs runs. One that is not usable is a problem, no error. */
export async function discoverPlugins(options: DiscoveryOptions): Promise<Discovery> {
  const found: Discovery = { plugins: [], problems: [] };
  for (const directory of await bundledDirectories(options.bundledDir)) {
    await add(found, directory.split('/').at(-1) ?? directory, directory, 'bundled', null);
  }
  if (options.dataDir === null) return found;
  const uid = options.uid ?? process.geteuid?.() ?? 0;
  for (const { name, directory, kind } of await listInstalled(options.dataDir, found.problems)) {
    await add(found, name, directory, kind, uid);
  }
  return found;
}

async function add(
  found: Discovery,
  name: string,
  directory: string,
  kind: PluginManifest['kind'],
  uid: number | null,
): Promise<void> {
  const problem = (text: string) => {
    const message = `Plugin '${name}' is not used: ${text}.`;
    found.problems.push({ code: 'plugin-unusable', message });
  };
  const file = join(directory, 'package.json');
  const untrusted = uid === null ? null : await whyUntrusted(file, uid);
  if (untrusted !== null) return problem(untrusted);
  const json = await readJson(file);
  if ('problem' in json) return problem(json.problem);
  const reading = readManifest(json.value, directory, kind);
  if ('foreign' in reading) return;
  if ('problem' in reading) return problem(reading.problem);
  const { manifest } = reading;
  if (found.plugins.some((other) => other.name === manifest.name))
    return problem(`another plugin has the name '${manifest.name}'`);
  for (const module of modules(manifest)) {
    const why = uid === null ? null : await whyUntrusted(module, uid);
    if (why !== null) return problem(why);
  }
  found.plugins.push(kind === 'bundled' ? fromSources(manifest) : manifest);
}

const modules = ({ listeners, presetsModule }: PluginManifest) => [
  ...[...listeners.values()].map(({ module }) => module),
  ...(presetsModule === null ? [] : [presetsModule]),
];

async function readJson(file: string): Promise<{ value: unknown } | { problem: string }> {
  try {
    return { value: JSON.parse(await readFile(file, 'utf8')) };
  } catch (error) {
    return { problem: `${file} cannot be read (${error instanceof Error ? error.message : String(error)})` };
  }
}

/** plugin-plugins' own list, in the package.json of the data directory. */
const listSchema = z.looseObject({
  oclif: z
    .looseObject({
      plugins: z
        .array(
          z.union([
            z.string().transform((name) => ({ name, type: 'user' as const })),
            z.looseObject({ name: z.string(), type: z.literal('user') }),
            z.looseObject({ name: z.string(), type: z.literal('link'), root: z.string() }),
          ]),
        )
        .default([]),
    })
    .prefault({}),
});

export interface InstalledPlugin {
  name: string;
  directory: string;
  kind: 'installed' | 'linked';
}

/** What plugin-plugins has installed, whether or not it has to do with containers; an unusable list is a problem. */
export async function listInstalled(dataDir: string, problems: Warning[]): Promise<InstalledPlugin[]> {
  const file = join(dataDir, 'package.json');
  const text = await readText(file);
  if (text === null) return [];
  try {
    const { plugins } = listSchema.parse(JSON.parse(text)).oclif;
    return plugins.map((plugin) =>
      plugin.type === 'link'
        ? { name: plugin.name, directory: plugin.root, kind: 'linked' as const }
        : {
            name: plugin.name,
            directory: join(dataDir, 'node_modules', plugin.name),
            kind: 'installed' as const,
          },
    );
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw error;
    problems.push({
      code: 'plugin-unusable',
      message: `No installed plugin is used: ${file} is no list of plugins.`,
    });
    return [];
  }
}

async function bundledDirectories(given?: string): Promise<string[]> {
  const directory = given ?? join(packageDirectory(), 'plugins');
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => join(directory, name))
      .sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** Run from its sources, the tool takes bundled plugins from theirs. */
function fromSources(manifest: PluginManifest): PluginManifest {
  if (!import.meta.url.endsWith('.ts')) return manifest;
  const source = (path: string) =>
    path.replace(join(manifest.directory, 'dist'), join(manifest.directory, 'src')).replace(/\.js$/, '.ts');
  return {
    ...manifest,
    listeners: new Map(
      [...manifest.listeners].map(([event, entry]) => [event, { ...entry, module: source(entry.module) }]),
    ),
    presetsModule: manifest.presetsModule === null ? null : source(manifest.presetsModule),
  };
}

function packageDirectory(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, 'package.json'))) directory = dirname(directory);
  return directory;
}
