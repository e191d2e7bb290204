import * as z from 'zod';
import { containerName } from '../container/name.js';
import { requireBuildingHost } from '../doctor/preflight.js';
import { declarative, exists, foreignUnit, imageInTheWay, leftovers, machineRuns } from '../error-catalog.js';
import { imagesInTheWay } from '../host/images.js';
import { findContainer } from '../host/inventory.js';
import { containerPlaces, type Layout, type Places } from '../host/layout.js';
import { type PresetChoice, readRecord } from '../host/record.js';
import { type Source, sourceSchema } from '../nix/source.js';
import { nixSystem } from '../nix/system.js';
import { guarded } from '../pipeline/guarded.js';
import { requireUninterrupted, runSteps } from '../pipeline/steps.js';
import { isRegistered } from '../systemd/machine.js';
import { describeAfterwards, stepsAfterwards } from './afterwards.js';
import { beginChange } from './change.js';
import { containerViewSchema, warningsSchema } from './container-view.js';
import { lookingContext, type OperationOptions, operationContext } from './context.js';
import { waitUntilOnline } from './online.js';
import { bindSourcesStep } from './steps/bind-sources.js';
import { hostFilesStep } from './steps/host-files.js';
import { pluginStep } from './steps/plugins.js';
import { evaluationSteps } from './steps/presets.js';
import { setProfileStep } from './steps/profile.js';
import { recordStep } from './steps/record.js';
import { startStep } from './steps/start.js';
import { stateStep } from './steps/state.js';

export interface CreateRequest {
  /** The name of the new container. */
  name: string;
  /** Where its configuration comes from. */
  source: Source;
  /** Nix system to build for, like `x86_64-linux`; default this machine's. */
  system?: string | undefined;
  /** Its presets, in this order; default none. */
  presets?: readonly PresetChoice[] | undefined;
}

export const changeResultSchema = containerViewSchema.extend({
  /** What went wrong without undoing anything; empty where nothing did. */
  warnings: warningsSchema,
});

export type ChangeResult = z.infer<typeof changeResultSchema>;

/**
 * Creates a container and starts it: afterwards it runs and is ready, or nothing of it is there. Units that fail inside
 * are a warning: there is no earlier generation to go back to.
 *
 * @throws NspawnError among others `exists`, `leftovers`, `foreign`, `bad-profile`, `not-started`
 */
export async function createContainer(
  request: CreateRequest,
  options: OperationOptions = {},
): Promise<ChangeResult> {
  const context = operationContext(options);
  const name = containerName(request.name);
  const system = nixSystem(request.system);
  const places = containerPlaces(context.layout, name);
  for (const { id, what, why } of await requireBuildingHost(context.layout, context.signal))
    context.listener({ container: name, type: 'warning', code: id, message: `${what} ${why}` });
  return guarded(places, { operation: 'create', ...context }, async (transaction) => {
    await requireFree(context.layout, places);
    // Of a container that is gone. What its presets put on the host goes now, unless it is wanted again.
    const record = await readRecord(places.record);
    const { source, presets = [] } = request;
    const change = await beginChange({
      operation: 'create',
      context,
      places,
      transaction,
      source,
      presets,
      system,
      record,
    });
    await runSteps(
      [
        ...evaluationSteps(change, source),
        ...pluginStep(change, 'after-build'),
        bindSourcesStep(change),
        setProfileStep(change),
        hostFilesStep(change),
        stateStep(change),
        recordStep(change, source),
        ...pluginStep(change, 'before-activate'),
        startStep(change),
        ...pluginStep(change, 'after-activate'),
      ],
      { container: name, operation: 'create', ...context },
    );
    requireUninterrupted(context.signal);
    await transaction.commit([
      { do: 'release-build-root', path: places.buildRoot, autoRootsDir: context.layout.autoRootsDir },
    ]);
    await waitUntilOnline(name, 'create', context);
    await stepsAfterwards(pluginStep(change, 'after-create'), 'create', name, context);
    return { ...(await describeAfterwards(context, name)), warnings: context.warnings };
  });
}

/** What create would do, with nothing built or touched. */
export const createPlanSchema = z.object({
  /** The name of the container that would be made. */
  name: z.string(),
  /** Where its configuration would come from. */
  source: sourceSchema,
  /** Nix system that it would be built for, like `x86_64-linux`. */
  system: z.string(),
  /** Paths that would come to be, beside the build's own in the store. */
  would_create: z.array(z.string()),
});

export type CreatePlan = z.infer<typeof createPlanSchema>;

export async function planCreate(
  request: CreateRequest,
  options: OperationOptions = {},
): Promise<CreatePlan> {
  const name = containerName(request.name);
  const { layout } = await lookingContext(options, name, 'create --dry-run');
  const places = containerPlaces(layout, name);
  await requireFree(layout, places);
  await readRecord(places.record);
  return {
    name,
    source: request.source,
    system: nixSystem(request.system),
    would_create: [places.profile, places.unitFile, places.dropIn, places.record, places.stateDir],
  };
}

/** @throws NspawnError unless nothing on the host goes by this name but, perhaps, a state directory. */
async function requireFree(layout: Layout, places: Places): Promise<void> {
  const { name } = places;
  const found = await findContainer(layout, name);
  switch (found?.type) {
    case 'imperative':
      throw exists(name, places.unitFile);
    case 'declarative':
      throw declarative(name);
    case 'foreign':
      throw foreignUnit(name, places.unitFile);
    case 'incomplete':
      throw leftovers(name, [places.profileDir]);
  }
  if (await isRegistered(name)) throw machineRuns(name);
  const [image] = await imagesInTheWay(layout, places, { everywhere: true });
  if (image !== undefined) throw imageInTheWay(name, image);
}
