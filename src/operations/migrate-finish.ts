import { dirname } from 'node:path';
import * as z from 'zod';
import { isPresent, presentAmong } from '../base/files.js';
import { type ContainerName, storedName } from '../container/name.js';
import { requireHost } from '../doctor/preflight.js';
import { migrationNotReady } from '../errors/migration.js';
import { enablingLinks } from '../host/leftovers.js';
import type { Migration } from '../host/migrations.js';
import type { OldPlaces } from '../host/old-places.js';
import { warnOfRemnant } from '../pipeline/settle.js';
import { Steps } from '../pipeline/steps.js';
import type { Undo } from '../pipeline/undo.js';
import { findMachine } from '../systemd/registered-machines.js';
import { unitStates } from '../systemd/unit-states.js';
import { describeAfterwards } from './afterwards.js';
import { containerViewSchema, warningsSchema } from './container-view.js';
import type { OperationOptions } from './context.js';
import { withKnownErrors } from './known-errors.js';
import { leftOf, requireMigration } from './migration-left.js';
import { lookAhead, type Operation, perform } from './operation.js';
import { requireOwn } from './own-container.js';
import type { Under } from './stages.js';

export interface FinishMigrationRequest {
  /** The name of the container. */
  name: string;
}

export const finishMigrationResultSchema = containerViewSchema.extend({
  /** True: what was left of the old container is deleted. */
  finished: z.literal(true),
  /** Absolute paths that were deleted. */
  deleted: z.array(z.string()),
  /** Problems that did not undo anything; empty if there were none. */
  warnings: warningsSchema,
});

export type FinishMigrationResult = z.infer<typeof finishMigrationResultSchema>;

interface FinishAsked {
  readonly migration: Migration;
  readonly old: OldPlaces;
  /** What is left of the old container. */
  readonly left: readonly string[];
}

interface Types {
  request: FinishMigrationRequest;
  wish: { name: ContainerName };
  asked: FinishAsked;
  planned: Under<FinishAsked>;
  applied: Under<FinishAsked>;
  result: FinishMigrationResult;
}

const finish: Operation<Types> = {
  verb: 'migrate --finish',
  read: ({ name }) => ({ name: storedName(name) }),
  requireHost,
  ask: async ({ name }, { context, places }) => {
    const { layout, signal } = context;
    const { migration, old } = await requireMigration(name, layout);
    await requireOwn(layout, name);
    const state = (await unitStates([places.service], { signal })).get(places.service);
    if (state?.active !== 'active' || (await findMachine(name, { signal })) === null)
      throw migrationNotReady(name);
    return { migration, old, left: await leftOf(layout, name, migration) };
  },
  plan: () => Steps.from<Under<FinishAsked>>(),
  apply: () => Steps.from<Under<FinishAsked>>(),
  finish: async ({ context: { layout }, migration, old }) => [
    ...[...(await enablingLinks(layout, old)), migration.settings].map(absent),
    ...[old.profileDir, old.rootsDir, ...(migration.moved ? [] : [migration.stateDir])].map(
      (path): Undo => ({ do: 'remove-tree', path }),
    ),
    { do: 'forget-roots', within: old.profileDir, autoRootsDir: layout.autoRootsDir },
    // Last, because until then something could start the old container.
    ...((await isPresent(old.mask))
      ? [absent(old.mask), { do: 'remove-directory', path: dirname(old.mask) } as const]
      : []),
    { do: 'reload-units' },
    absent(old.migration),
    { do: 'remove-directory', path: dirname(old.migration) },
  ],
  follow: async ({ context, places }, remnants) => {
    for (const remnant of remnants) warnOfRemnant(places.name, remnant, context.listener);
  },
  result: async ({ context, places, left }) => {
    const stillThere = await presentAmong(left);
    return {
      ...(await describeAfterwards(context, places.name)),
      finished: true,
      deleted: left.filter((path) => !stillThere.includes(path)),
      warnings: context.warnings,
    };
  },
};

const absent = (path: string): Undo => ({ do: 'put-file', path, state: { kind: 'absent' } });

/**
 * Deletes what is left of the old container, which can then not come back: its settings, its profile, its links for the
 * start at boot, and its root if that was copied. The new container must be running.
 *
 * @throws NspawnError among others `no-migration`, `not-running`
 */
export async function finishMigration(
  request: FinishMigrationRequest,
  options: OperationOptions = {},
): Promise<FinishMigrationResult> {
  return await withKnownErrors(() => perform(finish, request, options));
}

/** What the end of a migration would do. */
export const finishMigrationPlanSchema = z.object({
  /** The name of the container. */
  name: z.string(),
  /** Absolute paths of the old container that would be deleted. */
  would_delete: z.array(z.string()),
});

export type FinishMigrationPlan = z.infer<typeof finishMigrationPlanSchema>;

/** What the end of a migration would delete, without changing anything. */
export async function planFinishMigration(
  request: FinishMigrationRequest,
  options: OperationOptions = {},
): Promise<FinishMigrationPlan> {
  return await withKnownErrors(async () => {
    const { places, left } = await lookAhead(finish, request, options);
    return { name: places.name, would_delete: [...left] };
  });
}
