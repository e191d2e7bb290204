import { dirname } from 'node:path';
import * as z from 'zod';
import { fileState, isPresent, presentAmong, putFile, removeEmptyDirectory } from '../base/files.js';
import { type ContainerName, storedName } from '../container/name.js';
import type { Profile } from '../container/profile.js';
import { requireHost } from '../doctor/preflight.js';
import { NspawnError } from '../errors/nspawn-error.js';
import { isClosedToUser } from '../errors/system-calls.js';
import { type Closure, readableClosure } from '../host/closure.js';
import { readProfile } from '../host/generations.js';
import { planHostFiles } from '../host/host-file-changes.js';
import { findContainer } from '../host/inventory.js';
import type { Layout, Places } from '../host/layout.js';
import { enablingLinks, ownersSettings } from '../host/leftovers.js';
import { type ContainerRecord, readRecord } from '../host/record.js';
import { hiddenNames, isRemovableTree } from '../host/trees.js';
import { warnOfRemnant } from '../pipeline/settle.js';
import { type Act, type Step, Steps } from '../pipeline/steps.js';
import type { Transaction } from '../pipeline/transaction.js';
import { keepRunningUndo, type Undo } from '../pipeline/undo.js';
import type { LifecycleFacts } from '../plugins/lifecycle.js';
import { type EphemeralCopy, unusedCopies } from '../systemd/ephemeral-copies.js';
import { isAtRest } from '../systemd/machine.js';
import { daemonReload } from '../systemd/systemctl.js';
import { actAfterwards } from './afterwards.js';
import { warningsSchema } from './container-view.js';
import type { Context, OperationOptions } from './context.js';
import { withKnownErrors } from './known-errors.js';
import { requireNoMigration } from './migration-left.js';
import { lookAhead, type Operation, perform, type Scene } from './operation.js';
import { requireUnneeded } from './order.js';
import { refuseOthers } from './own-container.js';
import type { Under } from './stages.js';
import { moveAside } from './steps/aside.js';
import { applyHostFiles } from './steps/host-files.js';
import { journalsOf, removeLinks } from './steps/links.js';
import { pluginActs } from './steps/plugins.js';
import { applyPresetFiles, planPresetFiles } from './steps/preset-files.js';
import { stopAct } from './steps/stop.js';

export interface RemoveRequest {
  /** The name of the container. */
  name: string;
  /** Whether to delete /var/lib/machines/NAME too. Default false: the next container of this name uses it again. */
  deleteState?: boolean | undefined;
}

export const removeResultSchema = z.object({
  /** The name of the container. */
  name: z.string(),
  /** False if there was nothing to remove. */
  removed: z.boolean(),
  /** Whether its state directory was deleted as well. */
  state_deleted: z.boolean(),
  /** Problems that did not undo anything; empty if there were none. */
  warnings: warningsSchema,
});

export type RemoveResult = z.infer<typeof removeResultSchema>;

export interface RemoveAsked {
  /** Whether nothing on the host belongs to the container. */
  readonly isAbsent: boolean;
  /** Whether deletion of its state was requested. */
  readonly deleteState: boolean;
  /** Whether its state directory exists and will be deleted. */
  readonly stateGoes: boolean;
  /** The profile before the removal. */
  readonly before: Profile;
  /** Its record; null if the record is missing or cannot be read. */
  readonly record: ContainerRecord | null;
  /** The current closure; null if it cannot be read. A plugin may have to undo what it did for this configuration. */
  readonly closure: Closure | null;
  /** Copies that earlier ephemeral runs left behind, which will be deleted. */
  readonly copies: readonly EphemeralCopy[];
  /** Trees that were moved out of the way, and are deleted after the commit. */
  readonly aside: readonly string[];
}

interface Types {
  request: RemoveRequest;
  wish: { name: ContainerName; deleteState: boolean };
  asked: RemoveAsked;
  planned: Under<RemoveAsked>;
  applied: Under<RemoveAsked>;
  result: RemoveResult;
}

const remove: Operation<Types> = {
  verb: 'remove',
  endsRun: () => true,
  read: ({ name, deleteState = false }) => ({ name: storedName(name), deleteState }),
  requireHost,
  ask: async (wish, scene) => {
    await requireNoMigration(wish.name, scene.context.layout, 'remove');
    return askRemove(wish, scene);
  },
  unneeded: async ({ isAbsent, context, places: { name } }) => {
    if (!isAbsent) return null;
    const message = `Container '${name}' does not exist; nothing was done.`;
    context.listener({ container: name, type: 'warning', code: 'no-such-container', message });
    return { name, removed: false, state_deleted: false, warnings: context.warnings };
  },
  plan: () => Steps.from<Under<RemoveAsked>>(),
  apply: ({ stateGoes }) => {
    const steps = Steps.from<Under<RemoveAsked>>().act(stopAct, unitFilesAct).learn(profileStep());
    return stateGoes ? steps.learn(stateStep) : steps;
  },
  finish: async ({ context, places, aside, deleteState }) => [
    ...aside.map((path): Undo => ({ do: 'remove-tree', path })),
    keepRunningUndo(places, null),
    // Search again, because the container that has just been stopped used its copy until then.
    ...(deleteState ? await copiesOf(context.layout, places.name, context.signal) : []).map(
      ({ path }): Undo => ({ do: 'remove-tree', path }),
    ),
    { do: 'forget-roots', within: places.profileDir, autoRootsDir: context.layout.autoRootsDir },
    ...emptied(context.layout, places),
  ],
  follow: async (applied, remnants) => {
    const { context, places } = applied;
    for (const remnant of remnants) warnOfRemnant(places.name, remnant, context.listener);
    await warnOfSettings(context, places);
    await actAfterwards(pluginActs(context, 'after-remove', removalFacts), applied, 'remove');
  },
  result: ({ context, places, stateGoes }, _, remnants) => ({
    name: places.name,
    removed: true,
    state_deleted: stateGoes && remnants.length === 0,
    warnings: context.warnings,
  }),
};

/**
 * Removes a container. Afterwards nothing of it is left except its state directory, which is deleted only on request.
 */
export async function removeContainer(
  request: RemoveRequest,
  options: OperationOptions = {},
): Promise<RemoveResult> {
  return await withKnownErrors(() => perform(remove, request, options));
}

/** What plugins are told about a removal. */
export const removalFacts = ({ places, before, record, closure }: RemoveAsked & Scene): LifecycleFacts => ({
  operation: 'remove',
  container: places.name,
  source: record?.source ?? null,
  presets: record?.presets ?? [],
  settings: closure?.settings ?? null,
  closure: null,
  oldGeneration: before.currentNumber,
  newGeneration: null,
});

/** What there is to remove. */
export async function askRemove(
  { name, deleteState }: Types['wish'],
  { context, places }: Scene,
): Promise<RemoveAsked> {
  const { layout, signal } = context;
  const container = await findContainer(layout, name);
  if (container !== null) refuseOthers(container);
  if (container !== null) await requireUnneeded(name, context);
  const stateGoes = deleteState && (await isRemovableTree(places.stateDir));
  const copies = deleteState ? await copiesOf(layout, name, signal) : [];
  // Trees that an earlier run could not delete are tried again.
  const aside = deleteState ? await hiddenNames(places.stateDir) : [];
  const isAbsent = container === null && !stateGoes && aside.length === 0 && copies.length === 0;
  const before = await readProfile(places.profile);
  return {
    isAbsent,
    deleteState,
    stateGoes,
    before,
    record: isAbsent ? null : await formerRecord(places, context),
    closure: before.current === null ? null : await readableClosure(before.current.path, name),
    copies,
    aside,
  };
}

/** The record that is about to be removed. An unreadable record must not prevent the removal of the container. */
async function formerRecord(places: Places, { listener }: Context): Promise<ContainerRecord | null> {
  try {
    return await readRecord(places.record);
  } catch (error) {
    if (!(error instanceof NspawnError) || error.code !== 'record-unreadable') throw error;
    if (isClosedToUser(error.cause)) return null;
    // A later step deletes the record, which it can only do if this is a file.
    if ((await fileState(places.record)).kind !== 'file') throw error;
    const message = `${error.message} Files that its presets created in /etc/systemd/network are not deleted.`;
    listener({ container: places.name, type: 'warning', code: error.code, message });
    return null;
  }
}

export const removePlanSchema = z.object({
  /** The name of the container. */
  name: z.string(),
  /** Whether it runs, and would be stopped. */
  would_stop: z.boolean(),
  /** Absolute paths that would be deleted. */
  would_delete: z.array(z.string()),
  /** Absolute paths of the container that would be kept. */
  would_keep: z.array(z.string()),
});

export type RemovePlan = z.infer<typeof removePlanSchema>;

/** What remove would do, without changing anything. */
export async function planRemove(
  request: RemoveRequest,
  options: OperationOptions = {},
): Promise<RemovePlan> {
  return await withKnownErrors(async () => {
    const asked = await lookAhead(remove, request, options);
    const { isAbsent, stateGoes, copies, aside, context, places } = asked;
    const { name } = places;
    const state = (await isPresent(places.stateDir)) ? [places.stateDir] : [];
    if (isAbsent) return { name, would_stop: false, would_delete: [], would_keep: state };
    return {
      name,
      would_stop: !(await isAtRest(name, places.service)),
      would_delete: [
        ...(await filesToDelete(asked)),
        ...(stateGoes ? state : []),
        ...copies.map(({ path }) => path),
        ...aside,
      ],
      would_keep: [...(stateGoes ? [] : state), ...(await ownersSettings(context.layout, places))],
    };
  });
}

async function filesToDelete({
  context: { layout },
  places,
  record,
  stateGoes,
}: RemoveAsked & Scene): Promise<string[]> {
  const presets = await planPresetFiles(layout, places, { wanted: [], former: record?.hostFiles ?? [] });
  const files = [
    ...(await planHostFiles(layout, places, null)).map(({ path }) => path),
    ...presets.changes.map(({ path }) => path),
    ...(await enablingLinks(layout, places)),
    ...(await journalsOf(layout, places.name, stateGoes)),
  ];
  return [...files, ...(await presentAmong([places.record, places.profileDir]))];
}

/**
 * Copies that earlier ephemeral runs left behind. The copy of the last run is unused only once the container has
 * stopped.
 */
async function copiesOf(layout: Layout, name: string, signal: AbortSignal): Promise<EphemeralCopy[]> {
  const copies = await unusedCopies(layout.machinesDir, signal);
  return copies.filter((copy) => copy.name === name);
}

export const unitFilesAct: Act<Under<RemoveAsked>> = {
  id: 'remove-units',
  title: 'Remove unit files',
  run: async ({ context: { layout, signal }, places, transaction, record }) => {
    await applyHostFiles(layout, places, transaction, null, { signal });
    const presets = { wanted: [], former: record?.hostFiles ?? [] };
    await applyPresetFiles(layout, places, transaction, presets, signal);
    await disable(layout, places, transaction, signal);
  },
};

export const profileStep = <Given extends Under<RemoveAsked>>(): Step<Given, Given> => ({
  id: 'remove-profile',
  title: 'Remove the profile',
  run: async (given) => {
    const { context, places, transaction, stateGoes } = given;
    await removeLinks(await journalsOf(context.layout, places.name, stateGoes), transaction);
    const moved = await moveAside(places.profileDir, transaction);
    await forgetRecord(places, transaction);
    return withAside(given, moved);
  },
});

const stateStep: Step<Under<RemoveAsked>, Under<RemoveAsked>> = {
  id: 'delete-state',
  title: 'Delete the state directory',
  run: async (given) => withAside(given, await moveAside(given.places.stateDir, given.transaction)),
};

/** Adds a tree that was moved out of the way. */
export const withAside = <Given extends Pick<RemoveAsked, 'aside'>>(
  given: Given,
  moved: string | null,
): Given => (moved === null ? given : { ...given, aside: [...given.aside, moved] });

async function forgetRecord(places: Places, transaction: Transaction): Promise<void> {
  const before = await fileState(places.record);
  if (before.kind === 'absent' || before.kind === 'other') return;
  await transaction.willUndo({ do: 'put-file', path: places.record, state: before });
  await putFile(places.record, { kind: 'absent' });
}

/** Removes what starts the container at boot. */
async function disable(
  layout: Layout,
  places: Places,
  transaction: Transaction,
  signal: AbortSignal,
): Promise<void> {
  const links = await enablingLinks(layout, places);
  if (links.length === 0) return;
  await transaction.willUndo({ do: 'reload-units' });
  for (const link of links) {
    await removeLinks([link], transaction);
    await removeEmptyDirectory(dirname(link));
  }
  await daemonReload({ signal });
}

/** Warns of settings that somebody made by hand. They are kept, and would apply to the next container of that name. */
async function warnOfSettings({ layout, listener }: Context, places: Places): Promise<void> {
  const settings = await ownersSettings(layout, places);
  if (settings.length === 0) return;
  const message = `${settings.join(', ')} ${settings.length === 1 ? 'was' : 'were'} not created by nixos-nspawn and ${settings.length === 1 ? 'is' : 'are'} not deleted. The next container named '${places.name}' would use ${settings.length === 1 ? 'it' : 'them'}.`;
  listener({ container: places.name, type: 'warning', code: 'settings-kept', message });
}

/** Directories that only this tool creates. They are removed if this was the last container in them. */
export function emptied(layout: Layout, places: Places): Undo[] {
  return [layout.profilesDir, dirname(places.record)].map((path) => ({ do: 'remove-directory', path }));
}
