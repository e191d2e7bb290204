import { pluginUnusable } from '../../errors/plugins.js';
import {
  type InstalledEntry,
  listInstalled,
  npmDependencies,
  putInstalled,
} from '../../plugins/installed.js';
import { lookAtPackage } from '../../plugins/package-folder.js';
import { npmSpec, type PluginSource, parsePluginSource } from '../../plugins/source.js';
import { withKnownErrors } from '../known-errors.js';
import {
  type Changing,
  changePlugins,
  fetchPlugins,
  type PluginChangeOptions,
  requireUsable,
  viewsOf,
} from './change.js';
import type { PluginView } from './view.js';

export interface InstallPluginRequest {
  /** A name in the registry, a tarball, a folder or an address. */
  source: string;
  /** The directory that a path is resolved against; default the working directory. */
  directory?: string | undefined;
  /** Whether to run the install scripts of the package and of its dependencies; default false. */
  allowScripts?: boolean | undefined;
}

/**
 * Installs a plugin, or another version of it. Afterwards it is usable, or the plugins are unchanged.
 *
 * @throws NspawnError among others `bad-plugin-source`, `plugin-not-fetched`, `plugin-unusable`,
 * `plugins-place-untrusted`
 */
export async function installPlugin(
  request: InstallPluginRequest,
  options: PluginChangeOptions,
): Promise<PluginView> {
  return await withKnownErrors(async () => {
    const source = parsePluginSource(request.source, request.directory ?? process.cwd());
    if (source.kind === 'address' && source.address.startsWith('file:')) {
      const path = source.address.slice('file:'.length);
      const look = await lookAtPackage(path);
      if ('why' in look) throw pluginUnusable(path, look.why, [look.nextStep]);
    }
    let entry: InstalledEntry | null = null;
    await changePlugins('plugins install', options, (changing) => [
      {
        id: 'fetch-plugin',
        title: `Fetch ${request.source}`,
        run: async () => {
          entry = await fetched(source, changing, request.allowScripts ?? false);
        },
      },
      {
        id: 'check-plugin',
        title: 'Check that it can be used',
        run: async () => {
          if (entry === null) throw new Error('the package is checked before it was fetched');
          await putInstalled(changing.copy, entry);
          await requireUsable([entry.name], changing, options);
        },
      },
    ]);
    const [view] = await viewsOf([nameOf(entry)], options);
    if (view === undefined) throw new Error('the plugin is not on the list that it was put on');
    return view;
  });
}

const nameOf = (entry: InstalledEntry | null) => entry?.name ?? '';

/** Fetches the package. If it came from an address, finds out its name from npm's dependency list. */
async function fetched(
  source: PluginSource,
  changing: Changing,
  allowScripts: boolean,
): Promise<InstalledEntry> {
  const { copy } = changing;
  const before = await npmDependencies(copy);
  await fetchPlugins([npmSpec(source)], changing, allowScripts);
  if (source.kind === 'registry') return { name: source.name, type: 'user', tag: source.tag };
  const url = source.address;
  const after = Object.entries(await npmDependencies(copy));
  const known = (await listInstalled(copy, [])).find((entry) => entry.type === 'user' && entry.url === url);
  const name = after.find(([one, spec]) => before[one] !== spec)?.[0] ?? known?.name;
  if (name === undefined) throw pluginUnusable(url, 'npm does not say which package it is');
  return { name, type: 'user', url };
}
