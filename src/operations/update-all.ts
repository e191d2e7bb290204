import { join } from 'node:path';
import * as z from 'zod';
import { asNspawnError } from '../errors.js';
import { findContainers } from '../host/inventory.js';
import { readRecord } from '../host/record.js';
import { inParallel } from '../pipeline/parallel.js';
import { type OperationOptions, operationContext } from './context.js';
import { withSharedBuilds } from './shared-builds.js';
import { type UpdateRequest, updateContainer } from './update.js';

export interface UpdateAllRequest
  extends Pick<UpdateRequest, 'strategy' | 'start' | 'force' | 'rollBack' | 'ignoreFailedUnits'> {
  /** How many flakes are evaluated, and then containers activated, at the same time; default 2. */
  jobs?: number | undefined;
}

export const updateOutcomeSchema = z.object({
  name: z.string(),
  outcome: z.enum(['updated', 'unchanged', 'failed', 'skipped']),
  old_generation: z.int().nullable(),
  generation: z.int().nullable(),
  activation: z.enum(['none', 'reload', 'restart', 'start']),
  /** Why it failed or was left out; null where neither. */
  message: z.string().nullable(),
  code: z.string().nullable(),
  /** What `update NAME` would have exited with. */
  exit_code: z.int(),
});

export type UpdateOutcome = z.infer<typeof updateOutcomeSchema>;

/**
 * Updates every imperative container from the source it was made from. Containers of one flake are built by one Nix
 * command. A failure is an outcome, and stops no other container.
 */
export async function updateAll(
  request: UpdateAllRequest = {},
  options: OperationOptions = {},
): Promise<UpdateOutcome[]> {
  const context = operationContext(options);
  const found = await findContainers(context.layout);
  const known = await Promise.all(
    found
      .filter(({ type }) => type === 'imperative' || type === 'incomplete')
      .map(async ({ name, places }) => ({ name, record: await readRecord(places.record) })),
  );
  const { jobs = 2, ...wishes } = request;
  const rootsDir = join(context.layout.runDir, 'roots');
  return withSharedBuilds(known, { context, rootsDir, jobs }, (builtFor) =>
    inParallel(known, jobs, async ({ name, record }) => {
      if (record === null) return skipped(name);
      try {
        const updated = await updateContainer({ name, built: builtFor(name), ...wishes }, options);
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
        return { ...untouched(name), outcome: 'failed' as const, message, code, exit_code: exitCode };
      }
    }),
  );
}

const untouched = (name: string) => ({
  name,
  old_generation: null,
  generation: null,
  activation: 'none' as const,
});

const skipped = (name: string): UpdateOutcome => ({
  ...untouched(name),
  outcome: 'skipped',
  message: 'it is not known what it was made from',
  code: 'no-stored-source',
  exit_code: 0,
});
