import { join } from 'node:path';
import { presetsNeedSource } from '../../error-catalog.js';
import { findContainers } from '../../host/inventory.js';
import type { Layout } from '../../host/layout.js';
import { readRecords } from '../../host/shared-files.js';
import type { Source } from '../../nix/source.js';
import type { Step } from '../../pipeline/steps.js';
import type { Neighbour } from '../../plugins/lifecycle.js';
import { type Change, lifecycleFacts } from '../change.js';
import type { Built } from '../shared-builds.js';
import { buildStep, readStep } from './build.js';
import { pluginStep } from './plugins.js';

/** From the source to a closure that has been read: what presets and plugins add comes before the evaluation. */
export function evaluationSteps(change: Change, source: Source, built?: Built): Step[] {
  if (built !== undefined && pluginStep(change, 'before-evaluate').length === 0)
    return [...presetSteps(change), readStep(change, built)];
  if (source.kind === 'profile') return [refuseStep(change), buildStep(change, source)].flat();
  return [...presetSteps(change), ...pluginStep(change, 'before-evaluate'), buildStep(change, source)];
}

function refuseStep(change: Change): Step[] {
  if (change.presets.length === 0) return [];
  const names = change.presets.map(({ name }) => name);
  return [
    {
      title: 'Check presets',
      run: async () => {
        throw presetsNeedSource(names);
      },
    },
  ];
}

function presetSteps(change: Change): Step[] {
  // Without any there may still be host files of earlier ones, which go.
  change.presetFiles = [];
  if (change.presets.length === 0) return [];
  return [
    {
      title: 'Check presets',
      run: async (task) => {
        const { context, places } = change;
        const others = await neighbours(context.layout, places.name);
        const facts = lifecycleFacts(change);
        const brought = await context.lifecycle.resolvePresets(change.presets, facts, others, task);
        change.modules.push(...brought.modules);
        change.presetFiles = brought.hostFiles;
        change.presets = brought.choices;
        for (const warning of brought.warnings)
          context.listener({ container: places.name, type: 'warning', ...warning });
      },
    },
  ];
}

async function neighbours(layout: Layout, container: string): Promise<Neighbour[]> {
  const [found, records] = await Promise.all([
    findContainers(layout),
    readRecords(join(layout.stateDir, 'containers')),
  ]);
  return found
    .filter(({ name }) => name !== container)
    .map(({ name, settings }) => ({
      container: name,
      settings,
      presets: records.get(name)?.presets ?? [],
    }));
}
