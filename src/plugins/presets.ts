import { ambiguousPreset, unknownPreset } from '../errors/presets.js';
import type { PresetChoice } from '../host/record.js';
import { requireThatFits } from '../nix/preset-modules.js';
import type { Task } from '../pipeline/steps.js';
import { nearest } from '../text/nearest.js';
import { callPlugin, taskOptions } from './isolate.js';
import type { LifecycleFacts, Neighbour, ResolvedPresets } from './lifecycle.js';
import type { PluginManifest } from './manifest.js';
import { appliedSchema, type PresetDescription, presetDescriptionSchema } from './protocol.js';

interface Request {
  plugins: readonly PluginManifest[];
  choices: readonly PresetChoice[];
  facts: LifecycleFacts;
  neighbours: readonly Neighbour[];
  root: string;
  hookTimeout: number | null;
}

/** Asks each preset in turn what it adds. Each one checks its parameters and the host first. */
export async function resolvePresets(request: Request, task: Task): Promise<ResolvedPresets> {
  const { plugins, choices, facts, neighbours, root, hookTimeout } = request;
  const resolved: ResolvedPresets = { modules: [], hostFiles: [], choices: [], warnings: [] };
  for (const { name, parameters } of choices)
    requireThatFits(`The parameters of preset '${name}'`, parameters);
  for (const { name, parameters } of choices) {
    const { plugin, preset, module } = findPreset(plugins, name);
    task.progress(name);
    const answer = await callPlugin(
      {
        plugin: plugin.name,
        moment: `in preset '${preset}'`,
        module,
        package: plugin.directory,
        root,
        job: { kind: 'apply-preset', preset, parameters, facts, neighbours },
      },
      { ...taskOptions(plugin.name, task, resolved.warnings), limit: hookTimeout },
    );
    const applied = appliedSchema.parse(answer);
    requireThatFits(
      `The parameters that preset '${preset}' passes to its modules`,
      applied.contribution.modules,
    );
    resolved.modules.push(...applied.contribution.modules);
    resolved.hostFiles.push(...applied.contribution.hostFiles);
    resolved.choices.push({ name, parameters: applied.parameters });
  }
  return resolved;
}

/** Finds a preset by its name, or by `PLUGIN/NAME`. A bundled one takes precedence over others with the same name. */
export function findPreset(plugins: readonly PluginManifest[], name: string) {
  const offers = plugins.flatMap((plugin) =>
    plugin.presets.flatMap((preset) =>
      plugin.presetsModule !== null && (preset === name || `${plugin.name}/${preset}` === name)
        ? [{ plugin, preset, module: plugin.presetsModule }]
        : [],
    ),
  );
  const chosen = offers.find(({ plugin }) => plugin.kind === 'bundled') ?? offers[0];
  if (chosen === undefined) {
    const known = plugins.flatMap(({ presets }) => presets);
    throw unknownPreset(name, nearest(name, known), known);
  }
  if (chosen.plugin.kind !== 'bundled' && offers.length > 1)
    throw ambiguousPreset(
      name,
      offers.map(({ plugin, preset }) => `${plugin.name}/${preset}`),
    );
  return chosen;
}

/** Descriptions of a plugin's presets, which its own code provides. */
export async function describePresets(
  plugin: PluginManifest,
  signal: AbortSignal,
  log: (text: string) => void,
): Promise<PresetDescription[]> {
  if (plugin.presetsModule === null) return [];
  const answer = await callPlugin(
    {
      plugin: plugin.name,
      moment: 'describing its presets',
      module: plugin.presetsModule,
      package: plugin.directory,
      root: '/',
      job: { kind: 'describe-presets' },
    },
    { signal, log, progress: () => undefined, warn: log, limit: null },
  );
  return presetDescriptionSchema.array().parse(answer);
}
