import { type DiscoveryOptions, surveyPlugins } from '../../plugins/discovery.js';
import { withKnownErrors } from '../known-errors.js';
import { findPlugin } from './find.js';
import { type PluginView, viewPlugin } from './view.js';

/** Every plugin, in the order in which they are called, including those that cannot be used. */
export async function listPlugins(options: DiscoveryOptions): Promise<PluginView[]> {
  return await withKnownErrors(async () => {
    return Promise.all((await surveyPlugins(options, [])).map(viewPlugin));
  });
}

/** One plugin, by its own name or by its package's. @throws NspawnError `unknown-plugin` */
export async function inspectPlugin(name: string, options: DiscoveryOptions): Promise<PluginView> {
  return await withKnownErrors(async () => {
    return viewPlugin(findPlugin(await surveyPlugins(options, []), name));
  });
}
