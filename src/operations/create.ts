import * as z from 'zod';
import { type ContainerName, containerName } from '../container/name.js';
import { type Source, sourceSchema } from '../container/source.js';
import type { PresetChoice } from '../host/record.js';
import { nixSystem } from '../nix/system.js';
import { Steps } from '../pipeline/steps.js';
import { actAfterwards, describeAfterwards } from './afterwards.js';
import { containerViewSchema, warningsSchema } from './container-view.js';
import type { OperationOptions } from './context.js';
import { requireFree } from './free-name.js';
import { withKnownErrors } from './known-errors.js';
import { askedToBuild, requireHostToBuild } from './new-container.js';
import { waitUntilOnline } from './online.js';
import { lookAhead, type Operation, perform, releaseBuildRoot, type Scene } from './operation.js';
import type { AlreadyBuilt } from './shared-builds.js';
import { type AskedToBuild, type Built, lifecycleFacts, type Switched, type Under } from './stages.js';
import { bindSourcesAct } from './steps/bind-sources.js';
import { evaluation } from './steps/evaluation.js';
import { hostFilesAct } from './steps/host-files.js';
import { pluginActs } from './steps/plugins.js';
import { setProfileStep } from './steps/profile.js';
import { recordAct } from './steps/record.js';
import { afterRequirements } from './steps/requirements.js';
import { startAct } from './steps/start.js';
import { stateAct } from './steps/state.js';

export interface CreateRequest {
  /** The name of the new container. */
  name: string;
  /** Where its configuration comes from. */
  source: Source;
  /** The Nix system to build for, like `x86_64-linux`; default this machine's. */
  system?: string | undefined;
  /** Its presets, in this order; default none. */
  presets?: readonly PresetChoice[] | undefined;
  /** The source's closure, if it has already been built. */
  built?: AlreadyBuilt | undefined;
}

export const changeResultSchema = containerViewSchema.extend({
  /** Problems that did not undo anything; empty if there were none. */
  warnings: warningsSchema,
});

export type ChangeResult = z.infer<typeof changeResultSchema>;

interface CreateWish extends CreateRequest {
  name: ContainerName;
}

interface Types {
  request: CreateRequest;
  wish: CreateWish;
  asked: AskedToBuild;
  planned: Under<Built>;
  applied: Under<Switched>;
  result: ChangeResult;
}

const facts = (given: Under<Built>) => lifecycleFacts(given, 'create');

const create: Operation<Types> = {
  verb: 'create',
  read: (request) => {
    nixSystem(request.system);
    return { ...request, name: containerName(request.name) };
  },
  requireHost: requireHostToBuild,
  ask: async (wish, { context, places }) => {
    await requireFree(context.layout, places);
    return askedToBuild(wish, places);
  },
  plan: (asked, { built }) =>
    evaluation(asked, 'create', built)
      .act(...pluginActs(asked.context, 'after-build', facts))
      .act(bindSourcesAct),
  apply: ({ context }, { source }) =>
    Steps.from<Under<Built>>()
      .learn(setProfileStep())
      .act(hostFilesAct, stateAct, recordAct('create', source))
      .act(...pluginActs(context, 'before-activate', facts))
      .act(afterRequirements(startAct))
      .act(...pluginActs(context, 'after-activate', facts)),
  finish: (applied) => [releaseBuildRoot(applied)],
  follow: async (applied) => {
    await waitUntilOnline(applied, 'create');
    await actAfterwards(pluginActs(applied.context, 'after-create', facts), applied, 'create');
  },
  result: async ({ context, places }) => ({
    ...(await describeAfterwards(context, places.name)),
    warnings: context.warnings,
  }),
};

/**
 * Creates a container and starts it. Afterwards it is either running and ready, or nothing of it exists. Failed units
 * inside are a warning, because there is no earlier generation to return to.
 *
 * @throws NspawnError among others `exists`, `leftovers`, `foreign`, `bad-profile`, `not-started`
 */
export async function createContainer(
  request: CreateRequest,
  options: OperationOptions = {},
): Promise<ChangeResult> {
  return await withKnownErrors(() => perform(create, request, options));
}

/** What create finds before it evaluates. It changes nothing. */
export async function askToCreate(
  request: CreateRequest,
  options: OperationOptions = {},
): Promise<AskedToBuild & Scene> {
  return await withKnownErrors(() => lookAhead(create, request, options));
}

/** What create would do, without building or changing anything. */
export const createPlanSchema = z.object({
  /** The name of the container that would be created. */
  name: z.string(),
  /** Where its configuration would come from. */
  source: sourceSchema,
  /** The Nix system that it would be built for, like `x86_64-linux`. */
  system: z.string(),
  /** Paths that would be created, in addition to the build's own in the store. */
  would_create: z.array(z.string()),
});

export type CreatePlan = z.infer<typeof createPlanSchema>;

export async function planCreate(
  request: CreateRequest,
  options: OperationOptions = {},
): Promise<CreatePlan> {
  return await withKnownErrors(async () => {
    const { places, source, system } = await lookAhead(create, request, options);
    return {
      name: places.name,
      source,
      system,
      would_create: [places.profile, places.unitFile, places.dropIn, places.record, places.stateDir],
    };
  });
}
