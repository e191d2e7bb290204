import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { packageDirectory } from '../base/package-directory.js';
import { isMissing } from '../errors/system-calls.js';
import { whyUntrusted } from '../host/trust.js';
import { directoryOf, type InstalledEntry, listInstalled } from './installed.js';
import type { Warning } from './lifecycle.js';
import { type PluginManifest, type Reading, readManifest } from './manifest.js';
import { whyNoModule } from './module-place.js';

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
  const problems: Warning[] = [];
  const surveys = await surveyPlugins(options, problems);
  return {
    plugins: surveys.flatMap(({ reading }) => ('manifest' in reading ? [reading.manifest] : [])),
    problems: [
      ...problems,
      ...surveys.flatMap(({ name, reading }) =>
        'problem' in reading
          ? [{ code: 'plugin-unusable', message: `Plugin '${name}' is not used: ${reading.problem}.` }]
          : [],
      ),
    ],
  };
}

/** A plugin that is there, usable or not. */
export interface Survey {
  /** Of its package; of its directory, where it is bundled. */
  name: string;
  directory: string;
  kind: PluginManifest['kind'];
  /** On the list of installed plugins; null where it is bundled. */
  entry: InstalledEntry | null;
  reading: Reading;
}

/** Every plugin in the order of asking, with what its package.json says. An unusable list goes to `problems`. */
export async function surveyPlugins(options: DiscoveryOptions, problems: Warning[]): Promise<Survey[]> {
  const { dataDir, bundledDir, uid = process.geteuid?.() ?? 0 } = options;
  const found: Survey[] = [];
  const trusted = new Set<string>();
  for (const directory of await bundledDirectories(bundledDir)) {
    const reading = await read(directory, 'bundled', async () => null, found);
    found.push({ name: basename(directory), directory, kind: 'bundled', entry: null, reading });
  }
  if (dataDir === null) return found;
  for (const entry of await listInstalled(dataDir, problems)) {
    const directory = directoryOf(dataDir, entry);
    const kind = entry.type === 'link' ? 'linked' : 'installed';
    const judge: Judge = (path, within) =>
      within === undefined ? whyUntrusted(path, uid, trusted) : whyNoModule(within, path, uid, trusted);
    const reading = await read(directory, kind, judge, found);
    found.push({ name: entry.name, directory, kind, entry, reading });
  }
  return found;
}

/** Why a file is not to be used; a module of a package, if the directory of that is given. */
type Judge = (path: string, within?: string) => Promise<string | null>;

async function read(
  directory: string,
  kind: PluginManifest['kind'],
  judge: Judge,
  before: readonly Survey[],
): Promise<Reading> {
  const file = join(directory, 'package.json');
  const untrusted = await judge(file);
  if (untrusted !== null) return { problem: untrusted };
  const json = await readJson(file);
  if ('problem' in json) return json;
  const reading = readManifest(json.value, directory, kind);
  if (!('manifest' in reading)) return reading;
  const { manifest } = reading;
  if (before.some((other) => 'manifest' in other.reading && other.reading.manifest.name === manifest.name))
    return { problem: `another plugin has the name '${manifest.name}'` };
  for (const module of modules(manifest)) {
    const why = await judge(module, directory);
    if (why !== null) return { problem: why };
  }
  return { manifest: kind === 'bundled' ? fromSources(manifest) : manifest };
}

const modules = ({ listeners, presetsModule }: PluginManifest) =>
  new Set([
    ...[...listeners.values()].map(({ module }) => module),
    ...(presetsModule === null ? [] : [presetsModule]),
  ]);

async function readJson(file: string): Promise<{ value: unknown } | { problem: string }> {
  try {
    return { value: JSON.parse(await readFile(file, 'utf8')) };
  } catch (error) {
    return { problem: `${file} cannot be read (${error instanceof Error ? error.message : String(error)})` };
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
