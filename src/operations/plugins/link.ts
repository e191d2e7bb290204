import { resolve } from 'node:path';
import { pluginUnusable } from '../../errors/plugins.js';
import { putInstalled } from '../../plugins/installed.js';
import { lookAtPackage } from '../../plugins/package-folder.js';
import { withKnownErrors } from '../known-errors.js';
import { changePlugins, type PluginChangeOptions, requireUsable, viewsOf } from './change.js';
import type { PluginView } from './view.js';

export interface LinkPluginRequest {
  /** The plugin's directory, in which its author works. */
  path: string;
  /** The directory that the path is resolved against; default the working directory. */
  directory?: string | undefined;
}

/**
 * Uses a plugin from its own directory. Changes there take effect with the next command. Its author has to install its
 * dependencies.
 *
 * @throws NspawnError among others `plugin-unusable`, for example for a directory that other users may write to
 */
export async function linkPlugin(
  request: LinkPluginRequest,
  options: PluginChangeOptions,
): Promise<PluginView> {
  return await withKnownErrors(async () => {
    const root = resolve(request.directory ?? process.cwd(), request.path);
    const look = await lookAtPackage(root);
    if ('why' in look) throw pluginUnusable(root, look.why, [look.nextStep]);
    if ('tarball' in look)
      throw pluginUnusable(root, 'it is a tarball', [`'nixos-nspawn plugins install ${root}' installs it.`]);
    const { name } = look;
    await changePlugins('plugins link', options, (changing) => [
      {
        id: 'check-plugin',
        title: 'Check that it can be used',
        run: async () => {
          await putInstalled(changing.copy, { name, type: 'link', root });
          await requireUsable([name], changing, options);
        },
      },
    ]);
    const [view] = await viewsOf([name], options);
    if (view === undefined) throw new Error('the plugin is not on the list that it was put on');
    return view;
  });
}
