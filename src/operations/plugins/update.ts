import * as z from 'zod';
import { surveyPlugins } from '../../plugins/discovery.js';
import type { InstalledEntry } from '../../plugins/installed.js';
import { changePlugins, fetchPlugins, type PluginChangeOptions, requireUsable, viewsOf } from './change.js';
import { findPlugin } from './find.js';
import { pluginViewSchema, viewPlugin } from './view.js';

export interface UpdatePluginsRequest {
  /** By their names or their packages'; none means all that are installed. */
  names: readonly string[];
  /** Whether npm runs the packages' install scripts; default false. */
  allowScripts?: boolean | undefined;
}

/** A plugin as it is now. */
export const updatedPluginSchema = pluginViewSchema.extend({
  /** What it was before; null where that is not known. */
  old_version: z.string().nullable(),
});
export type UpdatedPlugin = z.infer<typeof updatedPluginSchema>;

/**
 * Fetches installed plugins again from where they came from: all of them, or, where one is not to be had or cannot be
 * used, none. Bundled and linked ones have nothing to fetch.
 *
 * @throws NspawnError among others `unknown-plugin`, `plugin-not-fetched`, `plugin-unusable`
 */
export async function updatePlugins(
  request: UpdatePluginsRequest,
  options: PluginChangeOptions,
): Promise<UpdatedPlugin[]> {
  const { names, allowScripts = false } = request;
  const surveys = await surveyPlugins(options, []);
  const chosen = names.length === 0 ? surveys : names.map((name) => findPlugin(surveys, name));
  const before = await Promise.all(chosen.filter(({ entry }) => entry?.type === 'user').map(viewPlugin));
  const entries = chosen.flatMap(({ entry }) => (entry?.type === 'user' ? [entry] : []));
  if (entries.length === 0) return [];
  const packages = entries.map(({ name }) => name);
  await changePlugins('plugins update', options, (changing) => [
    {
      title: `Fetch ${packages.join(', ')}`,
      run: () => fetchPlugins(entries.map(specOf), changing, allowScripts),
    },
    { title: 'See that they can be used', run: () => requireUsable(packages, changing, options) },
  ]);
  const views = await viewsOf(packages, options);
  return views.map((view) => ({
    ...view,
    old_version: before.find((old) => old.package === view.package)?.version ?? null,
  }));
}

const specOf = (entry: Extract<InstalledEntry, { type: 'user' }>) =>
  entry.url ?? `${entry.name}@${entry.tag ?? 'latest'}`;
