import * as z from 'zod';
import { isPresent } from '../base/files.js';
import { asStoredName, type ContainerName, storedName } from '../container/name.js';
import { requireHost } from '../doctor/preflight.js';
import { noGeneration } from '../errors/containers.js';
import { alreadyOurs } from '../errors/migration.js';
import { type Closure, readClosure } from '../host/closure.js';
import { planHostFiles } from '../host/host-file-changes.js';
import { findContainer } from '../host/inventory.js';
import { containerPlaces } from '../host/layout.js';
import { findOldContainers } from '../host/old-containers.js';
import { readRecord } from '../host/record.js';
import { type Act, Steps } from '../pipeline/steps.js';
import { describeAfterwards } from './afterwards.js';
import { containerViewSchema, moveSchema, warningsSchema } from './container-view.js';
import { type OperationOptions, operationContext } from './context.js';
import { hostFilesOf } from './host-files.js';
import { lookAhead, type Operation, type Scene } from './operation.js';
import { requireChangeable } from './own-container.js';
import type { Under } from './stages.js';
import { applyHostFiles } from './steps/host-files.js';

/*
 * Containers of the Python tool. Nothing has to be migrated, because both tools use the same files. Only the drop-in of
 * the container's service is at a place where the next reboot removes it, until an update moves it.
 */

interface AdoptRequest {
  name: string;
  /** Whether to move its drop-in; default false. */
  moveDropIn?: boolean | undefined;
}

export const sharedResultSchema = containerViewSchema.extend({
  /** False: both tools use the same files, so that nothing had to be migrated. */
  migrated: z.literal(false),
  /** The drop-in that the next reboot removes; null if there is none. */
  temporary_drop_in: z.string().nullable(),
  /** Problems that did not undo anything; empty if there were none. */
  warnings: warningsSchema,
});

export type SharedResult = z.infer<typeof sharedResultSchema>;

interface AdoptAsked {
  readonly closure: Closure;
  /** Whether its drop-in can be moved. */
  readonly isTemporary: boolean;
}

interface Types {
  request: AdoptRequest;
  wish: { name: ContainerName; moveDropIn: boolean };
  asked: AdoptAsked;
  planned: Under<AdoptAsked>;
  applied: Under<AdoptAsked>;
  result: SharedResult;
}

export const adopt: Operation<Types> = {
  verb: 'migrate',
  read: ({ name, moveDropIn = false }) => ({ name: storedName(name), moveDropIn }),
  requireHost,
  ask: async ({ name }, { context: { layout, signal }, places }) => {
    const { record, before } = await requireChangeable(layout, places);
    if (record !== null) throw alreadyOurs(name, false);
    if (before.current === null) throw noGeneration(name, 'current', before.numbers);
    const closure = await readClosure(before.current.path, name);
    const changes = await planHostFiles(layout, places, await hostFilesOf(closure, signal));
    return { closure, isTemporary: changes.some(({ path }) => path === places.runtimeDropIn) };
  },
  unneeded: async (asked, { moveDropIn }) =>
    asked.isTemporary && moveDropIn ? null : resultOf(asked, asked.isTemporary),
  plan: () => Steps.from<Under<AdoptAsked>>(),
  apply: () => Steps.from<Under<AdoptAsked>>().act(hostFilesAct),
  result: (applied) => resultOf(applied, false),
};

const hostFilesAct: Act<Under<AdoptAsked>> = {
  id: 'write-units',
  title: 'Write unit files',
  run: async ({ context: { layout }, places, closure, transaction }, { signal }) =>
    applyHostFiles(layout, places, transaction, await hostFilesOf(closure, signal), { signal }),
};

const resultOf = async ({ context, places }: Scene, isTemporary: boolean): Promise<SharedResult> => ({
  ...(await describeAfterwards(context, places.name)),
  migrated: false,
  temporary_drop_in: isTemporary ? places.runtimeDropIn : null,
  warnings: context.warnings,
});

/** Whether the Python tool made the container, and no container of NixOS's own module has this name. */
export async function isShared({ name }: AdoptRequest, options: OperationOptions): Promise<boolean> {
  const { layout } = operationContext(options);
  const stored = asStoredName(name);
  const container = stored === null ? null : await findContainer(layout, stored);
  if (stored === null || container?.type !== 'imperative') return false;
  if ((await findOldContainers(layout.root)).some(({ old }) => old.name === name)) return false;
  return (await readRecord(containerPlaces(layout, stored).record)) === null;
}

/** What a migration of a container of the Python tool would do. */
export const sharedPlanSchema = z.object({
  /** The name of the container. */
  name: z.string(),
  /** The drop-in that would be moved; null if there is none that a reboot removes. */
  would_move_drop_in: moveSchema.nullable(),
});

export type SharedPlan = z.infer<typeof sharedPlanSchema>;

export async function planAdoption(request: AdoptRequest, options: OperationOptions): Promise<SharedPlan> {
  const { places, isTemporary } = await lookAhead(adopt, request, options);
  const { name, dropIn: to, runtimeDropIn: from } = places;
  return { name, would_move_drop_in: isTemporary && (await isPresent(from)) ? { from, to } : null };
}
