import { bundledPlugin } from '../../errors/plugins.js';
import { surveyPlugins } from '../../plugins/discovery.js';
import { dropInstalled, npmDependencies } from '../../plugins/installed.js';
import { uninstallPackages } from '../../plugins/package-manager.js';
import { withKnownErrors } from '../known-errors.js';
import { changePlugins, type PluginChangeOptions } from './change.js';
import { findPlugin } from './find.js';
import { type PluginView, viewPlugin } from './view.js';

/**
 * Removes a plugin, by its own name or by its package's. The directory of a linked plugin is kept.
 *
 * @returns the removed plugin
 * @throws NspawnError among others `unknown-plugin`, `bundled-plugin`
 */
export async function uninstallPlugin(name: string, options: PluginChangeOptions): Promise<PluginView> {
  return await withKnownErrors(async () => {
    const survey = findPlugin(await surveyPlugins(options, []), name);
    const { entry } = survey;
    if (entry === null) throw bundledPlugin(survey.name);
    const view = await viewPlugin(survey);
    await changePlugins('plugins uninstall', options, ({ copy, signal }) => [
      {
        id: 'remove-plugin',
        title: `Remove ${entry.name}`,
        run: async () => {
          if (entry.name in (await npmDependencies(copy)))
            await uninstallPackages([entry.name], { directory: copy, allowScripts: false, signal });
          await dropInstalled(copy, entry.name);
        },
      },
    ]);
    return view;
  });
}
