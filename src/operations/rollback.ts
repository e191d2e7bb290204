import * as z from 'zod';
import type { Generation } from '../container/generation.js';
import { type ContainerName, containerName } from '../container/name.js';
import type { Profile } from '../container/profile.js';
import type { Strategy } from '../container/strategy.js';
import { requireHost } from '../doctor/preflight.js';
import { noGeneration } from '../errors/containers.js';
import { readableClosure, readClosure } from '../host/closure.js';
import { nixSystem } from '../nix/system.js';
import { Steps } from '../pipeline/steps.js';
import { activationView, activationViewSchema, plannedActivationSchema } from './activation-view.js';
import { actAfterwards, describeAfterwards } from './afterwards.js';
import { closureDifference, closureDifferenceSchema } from './closure-difference.js';
import { containerViewSchema, warningsSchema } from './container-view.js';
import type { OperationOptions } from './context.js';
import { withKnownErrors } from './known-errors.js';
import { waitUntilOnline } from './online.js';
import { type Operation, perform, planAhead } from './operation.js';
import { requireChangeable } from './own-container.js';
import { type Built, type Decided, lifecycleFacts, type Switched, type Under } from './stages.js';
import { activationActs, decideStep, isStart } from './steps/activate.js';
import { bindSourcesAct } from './steps/bind-sources.js';
import { hostFilesAct } from './steps/host-files.js';
import { pluginActs } from './steps/plugins.js';
import { switchGenerationStep } from './steps/profile.js';
import { recordAct } from './steps/record.js';
import { waitForDependents } from './steps/requirements.js';
import { stateAct } from './steps/state.js';

export interface RollbackRequest {
  /** The name of the container. */
  name: string;
  /** A recorded generation; default the newest one before the current one. */
  to?: number | undefined;
  /** Overrides the strategy of the generation to return to. */
  strategy?: Strategy | undefined;
  /** Whether to start the container if it is not running; default false. */
  start?: boolean | undefined;
  /** Whether to return to the previous generation if the activation fails; default true. */
  rollBack?: boolean | undefined;
  /** Whether units that newly fail inside are only a warning; by default, they fail the activation. */
  ignoreFailedUnits?: boolean | undefined;
}

export const rollbackResultSchema = containerViewSchema.extend({
  /** Number of the generation before the rollback; null if there was none. */
  old_generation: z.int().nullable(),
  ...activationViewSchema.shape,
  /** Problems that did not undo anything; empty if there were none. */
  warnings: warningsSchema,
});

export type RollbackResult = z.infer<typeof rollbackResultSchema>;

interface RollbackAsked extends Built {
  /** The generation to go to. */
  readonly target: Generation;
}

interface Types {
  request: RollbackRequest;
  wish: RollbackRequest & { name: ContainerName };
  asked: RollbackAsked;
  planned: Under<RollbackAsked & Decided>;
  applied: Under<Decided & Switched>;
  result: RollbackResult;
}

const rollback: Operation<Types> = {
  verb: 'rollback',
  read: (request) => ({ ...request, name: containerName(request.name) }),
  requireHost,
  ask: async ({ name, to }, { context: { layout }, places }) => {
    const { record, before } = await requireChangeable(layout, places);
    const target = chosenGeneration(name, before, to);
    return {
      before,
      record,
      source: record?.source ?? null,
      presets: record?.presets ?? [],
      system: nixSystem(record?.system),
      resolved: record?.resolved ?? null,
      presetFiles: null,
      target,
      closure: await readClosure(target.path, name),
    };
  },
  plan: (_, wish) => Steps.from<Under<RollbackAsked>>().act(bindSourcesAct).learn(decideStep(wish)),
  apply: ({ context, record, target }, wish) =>
    Steps.from<Under<RollbackAsked & Decided>>()
      .learn(switchGenerationStep(target.number))
      .act(hostFilesAct, stateAct)
      .act(...(record === null ? [] : [recordAct('rollback', record.source)]))
      .act(...activationActs(context, 'rollback', wish)),
  follow: async (applied) => {
    await waitForDependents(applied.activation?.dependents ?? [], applied);
    if (isStart(applied.activation)) await waitUntilOnline(applied, 'rollback');
    const facts = (given: typeof applied) => lifecycleFacts(given, 'rollback');
    await actAfterwards(pluginActs(applied.context, 'after-rollback', facts), applied, 'rollback');
  },
  result: async ({ context, places, before, activation }) => ({
    ...(await describeAfterwards(context, places.name)),
    old_generation: before.currentNumber,
    ...activationView(activation),
    warnings: context.warnings,
  }),
};

/**
 * Returns a container to a recorded generation, with the same guarantees as an update.
 *
 * @throws NspawnError among others `no-such-container`, `no-generation`, `activation-failed`, `not-restored`
 */
export async function rollbackContainer(
  request: RollbackRequest,
  options: OperationOptions = {},
): Promise<RollbackResult> {
  return await withKnownErrors(() => perform(rollback, request, options));
}

export const rollbackPlanSchema = z.object({
  /** The name of the container. */
  name: z.string(),
  /** Number of the current generation; null if there is none. */
  old_generation: z.int().nullable(),
  /** Number of the generation that the container would return to. */
  generation: z.int(),
  /** The closure of that generation in the store. */
  closure: z.string(),
  ...plannedActivationSchema.shape,
  /** What differs from the current generation; null if that one cannot be read. */
  difference: closureDifferenceSchema.nullable(),
});

export type RollbackPlan = z.infer<typeof rollbackPlanSchema>;

/** Shows what a rollback would do, without doing it. */
export async function planRollback(
  request: RollbackRequest,
  options: OperationOptions = {},
): Promise<RollbackPlan> {
  return await withKnownErrors(() =>
    planAhead(rollback, request, options, async (planned) => {
      const { context, places, before, target, closure, activation } = planned;
      const former = before.current === null ? null : await readableClosure(before.current.path, places.name);
      return {
        name: places.name,
        old_generation: before.currentNumber,
        generation: target.number,
        closure: closure.path,
        ...activationView(activation),
        difference: former === null ? null : await closureDifference(former, closure, context.signal),
      };
    }),
  );
}

/** @throws NspawnError `no-generation` */
function chosenGeneration(name: ContainerName, profile: Profile, to: number | undefined): Generation {
  const chosen = to === undefined ? profile.previous : profile.at(to);
  if (chosen === null) throw noGeneration(name, to ?? 'previous', profile.numbers);
  return chosen;
}
