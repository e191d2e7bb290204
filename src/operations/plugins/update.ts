import * as z from 'zod';
import { surveyPlugins } from '../../plugins/discovery.js';
import type { InstalledEntry } from '../../plugins/installed.js';
import { withKnownErrors } from '../known-errors.js';
import { changePlugins, fetchPlugins, type PluginChangeOptions, requireUsable, viewsOf } from './change.js';
import { findPlugin } from './find.js';
import { pluginViewSchema, viewPlugin } from './view.js';

export interface UpdatePluginsRequest {
  /** Plugins by their own names or by their packages'; an empty list means all installed plugins. */
  names: readonly string[];
  /** Whether to run the packages' install scripts; default false. */
  allowScripts?: boolean | undefined;
}

/** A plugin after the update. */
export const updatedPluginSchema = pluginViewSchema.extend({
  /** Its version before the update; null if unknown. */
  old_version: z.string().nullable(),
});
export type UpdatedPlugin = z.infer<typeof updatedPluginSchema>;

/**
 * Fetches installed plugins again from their sources. If one of them cannot be fetched or used, none is changed.
 * Bundled and linked plugins have nothing to fetch.
 *
 * @throws NspawnError among others `unknown-plugin`, `plugin-not-fetched`, `plugin-unusable`
 */
export async function updatePlugins(
  request: UpdatePluginsRequest,
  options: PluginChangeOptions,
): Promise<UpdatedPlugin[]> {
  return await withKnownErrors(async () => {
    const { names, allowScripts = false } = request;
    const surveys = await surveyPlugins(options, []);
    const chosen = names.length === 0 ? surveys : names.map((name) => findPlugin(surveys, name));
    const before = await Promise.all(chosen.filter(({ entry }) => entry?.type === 'user').map(viewPlugin));
    const entries = chosen.flatMap(({ entry }) => (entry?.type === 'user' ? [entry] : []));
    if (entries.length === 0) return [];
    const packages = entries.map(({ name }) => name);
    await changePlugins('plugins update', options, (changing) => [
      {
        id: 'fetch-plugin',
        title: `Fetch ${packages.join(', ')}`,
        run: () => fetchPlugins(entries.map(specOf), changing, allowScripts),
      },
      {
        id: 'check-plugin',
        title: 'Check that they can be used',
        run: () => requireUsable(packages, changing, options),
      },
    ]);
    const views = await viewsOf(packages, options);
    return views.map((view) => ({
      ...view,
      old_version: before.find((old) => old.package === view.package)?.version ?? null,
    }));
  });
}

const specOf = (entry: Extract<InstalledEntry, { type: 'user' }>) =>
  entry.url ?? `${entry.name}@${entry.tag ?? 'latest'}`;
