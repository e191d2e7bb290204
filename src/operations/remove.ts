import { rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod';
import { storedName } from '../container/name.js';
import { requireHost } from '../doctor/preflight.js';
import { declarative, foreignUnit } from '../error-catalog.js';
import { NspawnError } from '../errors.js';
import { type Closure, readClosure } from '../host/closure.js';
import { fileState, isPresent, putFile, removeEmptyDirectory, syncDirectory } from '../host/files.js';
import { planHostFiles } from '../host/host-files.js';
import { type Found, findContainer } from '../host/inventory.js';
import { containerPlaces, type Layout, type Places } from '../host/layout.js';
import { enablingLinks, journalLinks, ownersSettings } from '../host/leftovers.js';
import { type ContainerRecord, readRecord, seeRecord } from '../host/record.js';
import { hiddenName, hiddenNames, isRemovableTree } from '../host/trees.js';
import { guarded } from '../pipeline/guarded.js';
import { warnOfRemnant } from '../pipeline/settle.js';
import { requireUninterrupted, runSteps, type Step } from '../pipeline/steps.js';
import type { Transaction } from '../pipeline/transaction.js';
import { keepRunningUndo, type Undo } from '../pipeline/undo.js';
import { type EphemeralCopy, unusedCopies } from '../systemd/ephemeral-copies.js';
import { isAtRest, isRegistered, stopMachine } from '../systemd/machine.js';
import { daemonReload } from '../systemd/systemctl.js';
import { stepsAfterwards } from './afterwards.js';
import { beginChange, type Change } from './change.js';
import { warningsSchema } from './container-view.js';
import { type Context, lookingContext, type OperationOptions, operationContext } from './context.js';
import { applyHostFiles } from './steps/host-files.js';
import { pluginStep } from './steps/plugins.js';
import { applyPresetFiles, planPresetFiles } from './steps/preset-files.js';

export interface RemoveRequest {
  /** The name of the container. */
  name: string;
  /** Delete /var/lib/machines/NAME too; default false: the next container of this name finds it again. */
  deleteState?: boolean | undefined;
}

export const removeResultSchema = z.object({
  /** The name of the container. */
  name: z.string(),
  /** False where there was nothing to remove. */
  removed: z.boolean(),
  /** Whether its state directory was deleted, too. */
  state_deleted: z.boolean(),
  /** What went wrong without undoing anything; empty where nothing did. */
  warnings: warningsSchema,
});

export type RemoveResult = z.infer<typeof removeResultSchema>;

/** Removes a container: afterwards nothing of it is left but, unless asked otherwise, its state directory. */
export async function removeContainer(
  request: RemoveRequest,
  options: OperationOptions = {},
): Promise<RemoveResult> {
  const context = operationContext(options);
  const name = storedName(request.name);
  const places = containerPlaces(context.layout, name);
  const deleteState = request.deleteState ?? false;
  await requireHost(context.layout, context.signal);
  return guarded(places, { operation: 'remove', endsRun: true, ...context }, async (transaction) => {
    const found = await findContainer(context.layout, name);
    requireOurs(found, places);
    const stateIsThere = deleteState && (await isRemovableTree(places.stateDir));
    const copies = () => (deleteState ? copiesOf(context.layout, name, context.signal) : []);
    if (found === null && !(await isWanted(places, deleteState)) && (await copies()).length === 0) {
      const message = `Container '${name}' does not exist; nothing was done.`;
      context.listener({ container: name, type: 'warning', code: 'no-such-container', message });
      return { name, removed: false, state_deleted: false, warnings: context.warnings };
    }
    const stateDeleted = stateIsThere;
    const record = await formerRecord(places, context);
    const change = await beginChange({
      operation: 'remove',
      context,
      places,
      transaction,
      source: record?.source ?? null,
      presets: record?.presets ?? [],
      system: '',
      record,
    });
    // Read while it is there: a plugin may have to clear away what it did for this configuration.
    change.closure = await formerClosure(change);
    // What an earlier run could not delete is tried again.
    const aside: Undo[] = (deleteState ? await hiddenNames(places.stateDir) : []).map((path) => ({
      do: 'remove-tree',
      path,
    }));
    await runSteps(
      [
        stopStep(places, transaction),
        {
          title: 'Take away unit files',
          run: async () => {
            await applyHostFiles(context.layout, places, transaction, null, { signal: context.signal });
            const presets = { wanted: [], former: record?.hostFiles ?? [] };
            await applyPresetFiles(context.layout, places, transaction, presets, context.signal);
            await disable(context.layout, places, transaction, context.signal);
          },
        },
        {
          title: 'Forget the profile',
          run: async () => {
            await forgetJournals(await journalsOf(context.layout, name, stateDeleted), transaction);
            await moveAside(places.profileDir, transaction, aside);
            await forgetRecord(places, transaction);
          },
        },
        ...(stateDeleted
          ? [
              {
                title: 'Delete the state directory',
                run: () => moveAside(places.stateDir, transaction, aside),
              },
            ]
          : []),
      ],
      { container: name, operation: 'remove', ...context },
    );
    requireUninterrupted(context.signal);
    const remnants = await transaction.commit([
      ...aside,
      keepRunningUndo(places, null),
      ...(await copies()).map(({ path }): Undo => ({ do: 'remove-tree', path })),
      { do: 'forget-roots', within: places.profileDir, autoRootsDir: context.layout.autoRootsDir },
      ...emptied(context.layout, places),
    ]);
    for (const remnant of remnants) warnOfRemnant(name, remnant, context.listener);
    await warnOfSettings(context, places);
    await stepsAfterwards(pluginStep(change, 'after-remove'), 'remove', name, context);
    return {
      name,
      removed: true,
      state_deleted: stateDeleted && remnants.length === 0,
      warnings: context.warnings,
    };
  });
}

/** The record that goes; null where it says nothing, which keeps nobody from removing the container. */
async function formerRecord(places: Places, { listener }: Context): Promise<ContainerRecord | null> {
  try {
    return await readRecord(places.record);
  } catch (error) {
    // A directory, say, would stay.
    const isFile = (await fileState(places.record)).kind === 'file';
    if (!(error instanceof NspawnError) || error.code !== 'record-unreadable' || !isFile) throw error;
    const message = `${error.message} Files that its presets put in /etc/systemd/network stay.`;
    listener({ container: places.name, type: 'warning', code: error.code, message });
    return null;
  }
}

/** The configuration that goes; null where it cannot be read, which keeps nobody from removing it. */
async function formerClosure({ before, places }: Change): Promise<Closure | null> {
  if (before.current === null) return null;
  try {
    return await readClosure(before.current.path, places.name);
  } catch (error) {
    if (error instanceof NspawnError) return null;
    throw error;
  }
}

export const removePlanSchema = z.object({
  /** The name of the container. */
  name: z.string(),
  /** Whether it runs, and would be stopped. */
  would_stop: z.boolean(),
  /** Absolute paths that would be deleted. */
  would_delete: z.array(z.string()),
  /** Absolute paths of its own that would stay. */
  would_keep: z.array(z.string()),
});

export type RemovePlan = z.infer<typeof removePlanSchema>;

/** What remove would do, with nothing touched. */
export async function planRemove(
  request: RemoveRequest,
  options: OperationOptions = {},
): Promise<RemovePlan> {
  const name = storedName(request.name);
  const { layout, signal } = await lookingContext(options, name, 'remove --dry-run');
  const places = containerPlaces(layout, name);
  const found = await findContainer(layout, name);
  requireOurs(found, places);
  const deleteState = request.deleteState ?? false;
  // Refused as the removal itself would be.
  const stateGoes = deleteState && (await isRemovableTree(places.stateDir));
  const copies = deleteState ? (await copiesOf(layout, name, signal)).map(({ path }) => path) : [];
  const state = (await isPresent(places.stateDir)) ? [places.stateDir] : [];
  if (found === null && !stateGoes && copies.length === 0)
    return { name, would_stop: false, would_delete: [], would_keep: state };
  return {
    name,
    would_stop: !(await isAtRest(name, places.service)),
    would_delete: [
      ...(await filesToDelete(layout, places, stateGoes)),
      ...(stateGoes ? state : []),
      ...copies,
    ],
    would_keep: [...(stateGoes ? [] : state), ...(await ownersSettings(layout, places))],
  };
}

async function filesToDelete(layout: Layout, places: Places, stateGoes: boolean): Promise<string[]> {
  const former = seeRecord(places.record).record?.hostFiles ?? [];
  const presets = await planPresetFiles(layout, places, { wanted: [], former });
  const files = [
    ...(await planHostFiles(layout, places, null)).map(({ path }) => path),
    ...presets.changes.map(({ path }) => path),
    ...(await enablingLinks(layout, places)),
    ...(await journalsOf(layout, places.name, stateGoes)),
  ];
  return [...files, ...(await presentAmong([places.record, places.profileDir]))];
}

function requireOurs(found: Found | null, places: Places): void {
  if (found?.type === 'declarative') throw declarative(places.name);
  if (found?.type === 'foreign') throw foreignUnit(places.name, places.unitFile);
}

/** With --delete-state, the state directory alone is enough to have something to do. */
async function isWanted(places: Places, deleteState: boolean): Promise<boolean> {
  if (!deleteState) return false;
  return (await isRemovableTree(places.stateDir)) || (await hiddenNames(places.stateDir)).length > 0;
}

/** What earlier ephemeral runs left. It is looked for once the container has stopped: only then is the last one unused. */
async function copiesOf(layout: Layout, name: string, signal: AbortSignal): Promise<EphemeralCopy[]> {
  const copies = await unusedCopies(layout.machinesDir, signal);
  return copies.filter((copy) => copy.name === name);
}

function stopStep(places: Places, transaction: Transaction): Step {
  return {
    title: 'Stop',
    skip: async () => ((await isAtRest(places.name, places.service)) ? 'it does not run' : null),
    run: async (task) => {
      if (await isRegistered(places.name)) {
        await transaction.willUndo({ do: 'start-machine', name: places.name, service: places.service });
        // The start is another run, whose closures Nix must keep.
        await transaction.willUndo(keepRunningUndo(places, null));
      }
      await stopMachine(places.name, places.service, task);
    },
  };
}

/** Renames a tree to a hidden name beside it: gone in one step, back in one step, deleted once all else is done. */
async function moveAside(path: string, transaction: Transaction, aside: Undo[]): Promise<void> {
  if (!(await isPresent(path))) return;
  const hidden = hiddenName(path);
  await transaction.willUndo({ do: 'move', from: hidden, to: path });
  await rename(path, hidden);
  await syncDirectory(dirname(path));
  aside.push({ do: 'remove-tree', path: hidden });
}

async function forgetRecord(places: Places, transaction: Transaction): Promise<void> {
  const before = await fileState(places.record);
  if (before.kind === 'absent' || before.kind === 'other') return;
  await transaction.willUndo({ do: 'put-file', path: places.record, state: before });
  await putFile(places.record, { kind: 'absent' });
}

/** Takes away what starts the container at boot. */
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
    await removeLink(link, transaction);
    await removeEmptyDirectory(dirname(link));
  }
  await daemonReload({ signal });
}

/** The host's links to journals of the container that are gone, or go with its state. */
async function journalsOf(layout: Layout, name: string, stateGoes: boolean): Promise<string[]> {
  return (await journalLinks(layout))
    .filter((link) => link.name === name && (stateGoes || link.isDangling))
    .map(({ path }) => path);
}

async function forgetJournals(links: readonly string[], transaction: Transaction): Promise<void> {
  for (const link of links) await removeLink(link, transaction);
}

async function removeLink(path: string, transaction: Transaction): Promise<void> {
  const before = await fileState(path);
  if (before.kind !== 'link') return;
  await transaction.willUndo({ do: 'put-file', path, state: before });
  await putFile(path, { kind: 'absent' });
}

/** What somebody set by hand stays, and would apply to the next container of that name. */
async function warnOfSettings({ layout, listener }: Context, places: Places): Promise<void> {
  const settings = await ownersSettings(layout, places);
  if (settings.length === 0) return;
  const message = `${settings.join(', ')} ${settings.length === 1 ? 'was' : 'were'} not made by nixos-nspawn and ${settings.length === 1 ? 'stays' : 'stay'}; the next container named '${places.name}' would get ${settings.length === 1 ? 'it' : 'them'}.`;
  listener({ container: places.name, type: 'warning', code: 'settings-kept', message });
}

/** Directories that only this tool makes, if this was the last container in them. */
function emptied(layout: Layout, places: Places): Undo[] {
  return [layout.profilesDir, dirname(places.record)].map((path) => ({ do: 'remove-directory', path }));
}

async function presentAmong(paths: readonly string[]): Promise<string[]> {
  const present = await Promise.all(paths.map(isPresent));
  return paths.filter((_, index) => present[index]);
}
