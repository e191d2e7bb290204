import * as z from 'zod';
import type { Generation } from '../container/generation.js';
import { type ContainerName, containerName } from '../container/name.js';
import type { Profile } from '../container/profile.js';
import type { Strategy } from '../container/strategy.js';
import { requireHost } from '../doctor/preflight.js';
import { leftovers, noGeneration } from '../error-catalog.js';
import { readClosure } from '../host/closure.js';
import { containerPlaces } from '../host/layout.js';
import { readRecord } from '../host/record.js';
import { nixSystem } from '../nix/system.js';
import { guarded } from '../pipeline/guarded.js';
import { requireUninterrupted, runSteps } from '../pipeline/steps.js';
import { describeAfterwards, stepsAfterwards } from './afterwards.js';
import { beginChange } from './change.js';
import { containerViewSchema, warningsSchema } from './container-view.js';
import { type OperationOptions, operationContext } from './context.js';
import { waitUntilOnline } from './online.js';
import { requireOwn, requireOwnImage } from './own-container.js';
import { activationSteps, decideStep, isStart, whatFailureMeans } from './steps/activate.js';
import { bindSourcesStep } from './steps/bind-sources.js';
import { hostFilesStep } from './steps/host-files.js';
import { pluginStep } from './steps/plugins.js';
import { switchGenerationStep } from './steps/profile.js';
import { recordStep } from './steps/record.js';
import { stateStep } from './steps/state.js';

export interface RollbackRequest {
  /** The name of the container. */
  name: string;
  /** A recorded generation; default the newest one before the current. */
  to?: number | undefined;
  /** Overrides the strategy of the configuration that is gone back to. */
  strategy?: Strategy | undefined;
  /** Start the container if it does not run; default false. */
  start?: boolean | undefined;
  /** On a failed activation return to the previous generation; default true. */
  rollBack?: boolean | undefined;
  /** Units that newly fail inside are a warning; default a failed activation. */
  ignoreFailedUnits?: boolean | undefined;
}

export const rollbackResultSchema = containerViewSchema.extend({
  /** Number of the generation before; null where there was none. */
  old_generation: z.int().nullable(),
  /** What was done to the container: nothing, a reload of its service, a restart, or a start. */
  activation: z.enum(['none', 'reload', 'restart', 'start']),
  /** Why that was done, a sentence or part of one each. */
  reasons: z.array(z.string()),
  /** What went wrong without undoing anything; empty where nothing did. */
  warnings: warningsSchema,
});

export type RollbackResult = z.infer<typeof rollbackResultSchema>;

/**
 * Brings a container back to a recorded generation, with the promises of an update.
 *
 * @throws NspawnError among others `no-such-container`, `no-generation`, `activation-failed`, `not-restored`
 */
export async function rollbackContainer(
  request: RollbackRequest,
  options: OperationOptions = {},
): Promise<RollbackResult> {
  const context = operationContext(options);
  const name = containerName(request.name);
  const places = containerPlaces(context.layout, name);
  await requireHost(context.layout, context.signal);
  return guarded(places, { operation: 'rollback', ...context }, async (transaction, judgeBy) => {
    const found = await requireOwn(context.layout, name);
    if (found.generation === null) throw leftovers(name, [places.profileDir]);
    await requireOwnImage(context.layout, places);
    const record = await readRecord(places.record);
    const change = await beginChange({
      operation: 'rollback',
      context,
      places,
      transaction,
      source: record?.source ?? null,
      presets: record?.presets ?? [],
      system: nixSystem(record?.system),
      record,
    });
    const target = chosenGeneration(name, change.before, request.to);
    change.path = target.path;
    change.closure = await readClosure(target.path, name);
    change.resolved = record?.resolved ?? null;
    judgeBy(whatFailureMeans(change, request.rollBack ?? true));
    await runSteps(
      [
        bindSourcesStep(change),
        decideStep(change, request),
        switchGenerationStep(change, target.number),
        hostFilesStep(change),
        stateStep(change),
        ...(record === null ? [] : [recordStep(change, record.source)]),
        ...activationSteps(change, request),
      ],
      { container: name, operation: 'rollback', ...context },
    );
    requireUninterrupted(context.signal);
    await transaction.commit();
    if (change.activation !== null && isStart(change.activation.action))
      await waitUntilOnline(name, 'rollback', context);
    await stepsAfterwards(pluginStep(change, 'after-rollback'), 'rollback', name, context);
    return {
      ...(await describeAfterwards(context, name)),
      old_generation: change.before.currentNumber,
      activation: change.activation?.action ?? 'none',
      reasons: change.activation?.reasons ?? [],
      warnings: context.warnings,
    };
  });
}

/** @throws NspawnError `no-generation` */
function chosenGeneration(name: ContainerName, profile: Profile, to: number | undefined): Generation {
  const chosen = to === undefined ? profile.previous : profile.at(to);
  if (chosen === null) throw noGeneration(name, to ?? 'previous', profile.numbers);
  return chosen;
}
