import * as z from 'zod';
import { asNspawnError } from '../errors/nspawn-error.js';
import { type DiscoveryOptions, discoverPlugins } from '../plugins/discovery.js';
import type { PluginManifest } from '../plugins/manifest.js';
import { describePresets, findPreset } from '../plugins/presets.js';
import { type PresetDescription, presetDescriptionSchema } from '../plugins/protocol.js';
import { warningsSchema } from './container-view.js';
import { withKnownErrors } from './known-errors.js';

/** A preset as `--json` shows it. */
export const presetViewSchema = presetDescriptionSchema.extend({
  /** The name of the plugin that provides it. */
  plugin: z.string(),
  /** Whether that plugin comes with the tool. */
  bundled: z.boolean(),
});
export type PresetView = z.infer<typeof presetViewSchema>;

export const presetListSchema = z.object({
  /** In the order of the plugins. */
  presets: z.array(presetViewSchema),
  /** Plugins whose presets could not be read, and why. */
  warnings: warningsSchema,
});

export type PresetList = z.infer<typeof presetListSchema>;

export interface PresetOptions extends DiscoveryOptions {
  /** If it aborts, no more plugins are called, and the operation throws `interrupted`. */
  signal?: AbortSignal | undefined;
}

/** Every preset of every plugin, in the order of the plugins. */
export async function listPresets(options: PresetOptions): Promise<PresetList> {
  return await withKnownErrors(async () => {
    const { plugins, problems } = await discoverPlugins(options);
    const list: PresetList = { presets: [], warnings: [...problems] };
    for (const plugin of plugins) {
      try {
        list.presets.push(...(await described(plugin, options)));
      } catch (error) {
        if (options.signal?.aborted) throw error;
        const { code, message } = asNspawnError(error);
        list.warnings.push({ code, message });
      }
    }
    return list;
  });
}

/** Only the names, as plugins declare them. Does not run any plugin's code. */
export async function presetNames(options: DiscoveryOptions): Promise<string[]> {
  const { plugins } = await discoverPlugins(options);
  return [...new Set(plugins.flatMap(({ presets }) => presets))].sort();
}

/** One preset by its name. @throws NspawnError `unknown-preset`, `ambiguous-preset` */
export async function showPreset(name: string, options: PresetOptions): Promise<PresetView> {
  return await withKnownErrors(async () => {
    const { plugins } = await discoverPlugins(options);
    const { plugin, preset } = findPreset(plugins, name);
    const views = await described(plugin, options);
    const view = views.find((one) => one.name === preset);
    if (view === undefined)
      throw new Error(`plugin '${plugin.name}' lists a preset '${preset}' that it does not have`);
    return view;
  });
}

async function described(plugin: PluginManifest, options: PresetOptions): Promise<PresetView[]> {
  const signal = options.signal ?? new AbortController().signal;
  const presets: PresetDescription[] = await describePresets(plugin, signal, () => undefined);
  return presets.map((preset) => ({ ...preset, plugin: plugin.name, bundled: plugin.kind === 'bundled' }));
}
