import { join } from 'node:path';
import { presetsNeedSource } from '../../errors/presets.js';
import { findContainers } from '../../host/inventory.js';
import type { Layout } from '../../host/layout.js';
import { readRecords } from '../../host/shared-files.js';
import { type Act, type Step, Steps } from '../../pipeline/steps.js';
import type { LifecycleFacts, Neighbour } from '../../plugins/lifecycle.js';
import type { Scene } from '../operation.js';
import type { AlreadyBuilt } from '../shared-builds.js';
import { type AskedToBuild, type Built, lifecycleFacts, type Under } from '../stages.js';
import { buildStep, readBuildStep, readCopyStep, readProfileStep } from './build.js';
import { moduleSteps } from './plugins.js';

/** The steps from the source to its closure. Presets and plugins add their modules before the evaluation. */
export function evaluation(
  { source, presets, context }: AskedToBuild & Scene,
  operation: LifecycleFacts['operation'],
  built?: AlreadyBuilt,
): Steps<Under<AskedToBuild>, Under<Built>> {
  const start = Steps.from<Under<AskedToBuild>>();
  if (source.kind === 'profile') {
    const refused = presets.length === 0 ? start : start.act(refusePresets);
    return refused.learn(readProfileStep(source.path));
  }
  const checked = presets.length === 0 ? start : start.learn(presetStep<Under<AskedToBuild>>(operation));
  if (built?.isComplete) return checked.learn(readCopyStep(built));
  const plugins = moduleSteps<Under<AskedToBuild>>(context, operation);
  if (built !== undefined && plugins.length === 0) return checked.learn(readBuildStep(built));
  return plugins.reduce((steps, step) => steps.learn(step), checked).learn(buildStep(source));
}

/** The steps in which presets and plugins add modules, without the evaluation. */
export function contributions(
  { presets, context }: AskedToBuild & Scene,
  operation: LifecycleFacts['operation'],
): Steps<AskedToBuild & Scene, AskedToBuild & Scene> {
  const start = Steps.from<AskedToBuild & Scene>();
  const checked = presets.length === 0 ? start : start.learn(presetStep<AskedToBuild & Scene>(operation));
  return moduleSteps<AskedToBuild & Scene>(context, operation).reduce(
    (steps, step) => steps.learn(step),
    checked,
  );
}

/** Presets add modules, which a built closure cannot take. */
const refusePresets: Act<AskedToBuild> = {
  id: 'check-presets',
  title: 'Check presets',
  run: async ({ presets }) => {
    throw presetsNeedSource(presets.map(({ name }) => name));
  },
};

function presetStep<Given extends AskedToBuild & Scene>(
  operation: LifecycleFacts['operation'],
): Step<Given, Given> {
  return {
    id: 'check-presets',
    title: 'Check presets',
    run: async (given, task) => {
      const { context, places, presets, modules } = given;
      const others = await neighbours(context.layout, places.name);
      const facts = lifecycleFacts(given, operation);
      const resolved = await context.lifecycle.resolvePresets(presets, facts, others, task);
      for (const warning of resolved.warnings)
        context.listener({ container: places.name, type: 'warning', ...warning });
      return {
        ...given,
        modules: [...modules, ...resolved.modules],
        presetFiles: resolved.hostFiles,
        presets: resolved.choices,
      };
    },
  };
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
