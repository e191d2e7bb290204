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
  /** In the order in which they are called: bundled plugins by name, then others in the order of their installation. */
  plugins: PluginManifest[];
  /** Plugins that exist but are not used, and why. */
  problems: Warning[];
}

export interface DiscoveryOptions {
  /** Where the tool keeps installed plugins; null to use only bundled ones. */
  dataDir: string | null;
  /** Directory of bundled plugins. Default: the package's own. */
  bundledDir?: string;
  /** The user whose code may run. Default: this process's user. */
  uid?: number;
}

/**
 * Finds plugins by their package.json, without running any of their code. An unusable plugin is reported as a problem
 * and is not an error.
 */
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

/** A plugin that exists, usable or not. */
export interface Survey {
  /** The name of its package, or of its directory if it is bundled. */
  name: string;
  directory: string;
  kind: PluginManifest['kind'];
  /** Its entry in the list of installed plugins; null if it is bundled. */
  entry: InstalledEntry | null;
  reading: Reading;
}

/**
 * All plugins in the order in which they are called, with the content of their package.json. If the list of installed
 * plugins is unusable, that is added to `problems`.
 */
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

/** Why a file must not be used. If `within` is given, the file is a module of the package in that directory. */
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

/** If the tool runs from its sources, bundled plugins run from their sources too. */
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
