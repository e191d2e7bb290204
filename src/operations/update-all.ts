import { join } from 'node:path';
import * as z from 'zod';
import { earlierContainers, ordersOf } from '../container/order.js';
import { requireHost } from '../doctor/preflight.js';
import { asNspawnError, type NspawnError } from '../errors/nspawn-error.js';
import type { Container } from '../host/container.js';
import { readProfile } from '../host/generations.js';
import { findContainers } from '../host/inventory.js';
import { type ContainerRecord, describesProfile, readRecord } from '../host/record.js';
import { inOrder } from '../pipeline/in-order.js';
import { activationViewSchema } from './activation-view.js';
import { type OperationOptions, operationContext } from './context.js';
import { withKnownErrors } from './known-errors.js';
import { withSharedBuilds } from './shared-builds.js';
import { planUpdate, sourceUnknown, type UpdatePlan, type UpdateRequest, updateContainer } from './update.js';

export interface UpdateAllRequest
  extends Pick<UpdateRequest, 'strategy' | 'start' | 'force' | 'rollBack' | 'ignoreFailedUnits'> {
  /** How many flakes are evaluated at the same time, and then how many containers are activated; default 2. */
  jobs?: number | undefined;
  /** Whether to only build and show what an update would do, without changing the containers or the host's files. */
  dryRun?: boolean | undefined;
}

export const updateOutcomeSchema = z.object({
  /** The name of the container. */
  name: z.string(),
  /** The outcome; `would-update` in a dry run, `skipped` if it is unknown what the container was made from. */
  outcome: z.enum(['updated', 'would-update', 'unchanged', 'failed', 'skipped']),
  /** Number of the generation before the update; null if there was none. */
  old_generation: z.int().nullable(),
  /** Number of its current generation afterwards; null if there is none. */
  generation: z.int().nullable(),
  /** What was done to the container: nothing, a reload of its service, a restart, or a start. */
  activation: activationViewSchema.shape.activation,
  /** Why it failed or was skipped; null otherwise. */
  message: z.string().nullable(),
  /** Code of the error; null if it did not fail. */
  code: z.string().nullable(),
  /** The exit code that `update NAME` would have had. */
  exit_code: z.int(),
});

export type UpdateOutcome = z.infer<typeof updateOutcomeSchema>;

/**
 * Updates every imperative container from the source that it was made from. Containers of one flake are built with a
 * single Nix command. A failure is an outcome, and does not affect the other containers.
 */
export async function updateAll(
  request: UpdateAllRequest = {},
  options: OperationOptions = {},
): Promise<UpdateOutcome[]> {
  return await withKnownErrors(async () => {
    const context = operationContext(options);
    await requireHost(context);
    const containers = await findContainers(context.layout);
    const known = await Promise.all(containers.filter(({ isOwn }) => isOwn).map(remembered));
    const byName = new Map(known.map((one) => [one.name, one]));
    // A restart of one container also restarts those that require it, so their updates must not run meanwhile.
    const orders = ordersOf(containers);
    const { jobs = 2, dryRun = false, ...wishes } = request;
    const rootsDir = join(context.layout.runDir, 'roots');
    return withSharedBuilds(known, { context, rootsDir, jobs }, (builtFor) =>
      inOrder(
        [...byName.keys()],
        (name) => earlierContainers(orders.get(name) ?? null),
        jobs,
        async (name) => {
          try {
            const error = byName.get(name)?.error ?? null;
            if (error !== null) throw error;
            const one = { name, built: builtFor(name), ...wishes };
            if (dryRun) return planned(await planUpdate(one, options));
            const updated = await updateContainer(one, options);
            return {
              name,
              outcome: updated.changed ? ('updated' as const) : ('unchanged' as const),
              old_generation: updated.old_generation,
              generation: updated.generation,
              activation: updated.activation,
              message: null,
              code: null,
              exit_code: 0,
            };
          } catch (error) {
            if (context.signal.aborted) throw error;
            const { code, message, exitCode } = asNspawnError(error);
            if (code === 'no-stored-source') return skipped(name, message);
            return { ...untouched(name), outcome: 'failed' as const, message, code, exit_code: exitCode };
          }
        },
      ),
    );
  });
}

/** The record with the source of the container. If the source is unknown, `error` says why. */
async function remembered({ name, places }: Container): Promise<{
  name: string;
  record: ContainerRecord | null;
  error: NspawnError | null;
}> {
  try {
    const record = await readRecord(places.record);
    if (record !== null && describesProfile(record, await readProfile(places.profile)))
      return { name, record, error: null };
    return { name, record: null, error: sourceUnknown(name, record) };
  } catch (error) {
    return { name, record: null, error: asNspawnError(error) };
  }
}

const planned = (plan: UpdatePlan): UpdateOutcome => ({
  name: plan.name,
  outcome: plan.would_change || plan.activation !== 'none' ? 'would-update' : 'unchanged',
  old_generation: plan.old_generation,
  generation: plan.old_generation,
  activation: plan.activation,
  message: plan.reasons.join(', '),
  code: null,
  exit_code: 0,
});

const untouched = (name: string) => ({
  name,
  old_generation: null,
  generation: null,
  activation: 'none' as const,
});

const skipped = (name: string, message: string): UpdateOutcome => ({
  ...untouched(name),
  outcome: 'skipped',
  message,
  code: 'no-stored-source',
  exit_code: 0,
});
