import { rename } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import * as z from 'zod';
import { bootId } from '../base/boot.js';
import {
  fileState as currentState,
  isPresent,
  isSameState,
  putFile,
  removeDrafts,
  removeEmptyDirectory,
  removeFile,
  syncDirectory,
} from '../base/files.js';
import { type ContainerName, isStoredName } from '../container/name.js';
import { NspawnError } from '../errors/nspawn-error.js';
import { forgetDanglingRoots, releaseBuildRoot, removeNixDrafts } from '../host/build-root.js';
import { readProfile } from '../host/generations.js';
import { journalLinks, timeOfLink } from '../host/journal-links.js';
import { otherUsers, restoreSharedFile } from '../host/shared-files.js';
import { hiddenName, hiddenNames, isRemovableTree, removeTree } from '../host/trees.js';
import { deleteDamagedPaths } from '../nix/damaged-paths.js';
import { deleteGenerations, switchGeneration } from '../nix/profile.js';
import { type Run, type RunPlaces, restoreRun } from '../running/keep.js';
import { restartMachine, resumeMachine, startMachine, stopMachine } from '../systemd/machine.js';
import { deleteLink, reloadNetworks } from '../systemd/networkctl.js';
import { returnForeignOwners } from '../systemd/owners.js';
import { daemonReload } from '../systemd/systemctl.js';

const path = z.string().startsWith('/');

const fileState = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('absent') }),
  z.object({ kind: z.literal('link'), target: z.string() }),
  z.object({ kind: z.literal('file'), content: z.string(), mode: z.int() }),
]);

/**
 * How to undo one change, as plain data. It is written to the container's undo journal before the change is made. The
 * same code carries it out after a failed step, after Ctrl-C, and when a later run finds the journal of an interrupted
 * one. A record can be carried out twice, or for a change that was never made, with the same result.
 */
export const undoSchema = z.discriminatedUnion('do', [
  z.object({ do: z.literal('put-file'), path, state: fileState }),
  z.object({
    do: z.literal('restore-shared-file'),
    path,
    state: fileState,
    container: z.string(),
    recordsDir: path,
  }),
  z.object({
    do: z.literal('delete-link'),
    name: z.string(),
    path,
    container: z.string(),
    recordsDir: path,
  }),
  // `closure`: the closure that mounts this directory, if the directory was created for it.
  z.object({ do: z.literal('remove-directory'), path, closure: path.optional() }),
  z.object({ do: z.literal('remove-tree'), path }),
  // `replaces`: whether a new tree may have been made at `to`, which is deleted.
  z.object({ do: z.literal('move'), from: path, to: path, replaces: z.boolean().optional() }),
  // Links in the host's journal directory to a journal of the container that no longer exists. `since`: when the change
  // began, in milliseconds since 1970. Links without an owner that were made later belong to it.
  z.object({
    do: z.literal('forget-journal-links'),
    name: z.string(),
    journalsDir: path,
    machinesDir: path,
    since: z.int().optional(),
  }),
  // The journal of a container's other name, which refers to the journal with this record.
  z.object({ do: z.literal('forget-journal'), path }),
  z.object({
    do: z.literal('restore-profile'),
    profile: path,
    current: z.int().nullable(),
    recorded: z.array(z.int()),
  }),
  z.object({ do: z.literal('forget-generations'), profile: path, generations: z.array(z.int()) }),
  z.object({ do: z.literal('forget-roots'), within: path, autoRootsDir: path }),
  // `build`: the boot in which the build began, and when.
  z.object({
    do: z.literal('release-build-root'),
    path,
    autoRootsDir: path,
    build: z.object({ boot: z.string(), began: z.iso.datetime() }).optional(),
  }),
  z.object({
    do: z.literal('keep-running'),
    name: z.string().refine((name): name is ContainerName => isStoredName(name)),
    service: z.string(),
    profile: path,
    runningRoots: path,
    /** The run and its record; null to record the running closures. */
    run: z
      .object({ invocation: z.string(), booted: z.string().nullable(), current: z.string().nullable() })
      .nullable(),
  }),
  z.object({ do: z.literal('stop-machine'), name: z.string(), service: z.string() }),
  // For a tree that belonged to users of the host before the change.
  z.object({ do: z.literal('return-owners'), name: z.string() }),
  z.object({ do: z.literal('reload-units') }),
  z.object({ do: z.literal('reload-networks') }),
  z.object({ do: z.literal('start-machine'), name: z.string(), service: z.string() }),
  // Another container that stopped because it requires this one.
  z.object({ do: z.literal('start-dependent'), name: z.string(), service: z.string() }),
  z.object({ do: z.literal('restart-machine'), name: z.string(), service: z.string() }),
  z.object({
    do: z.literal('reload-machine'),
    name: z.string(),
    service: z.string(),
    /** The container's units that had failed before the change; absent if unknown. */
    failed: z.array(z.string()).readonly().optional(),
  }),
]);

export type Undo = z.infer<typeof undoSchema>;

/**
 * Makes Nix keep the running closures, once everything else is restored. If the run is still the same, its record is
 * restored.
 */
export function keepRunningUndo({ name, service, profile, runningRoots }: RunPlaces, run: Run | null): Undo {
  return { do: 'keep-running', name, service, profile, runningRoots, run };
}

/** What must wait until all files and links are restored, in this order. Equal records are carried out only once. */
const LAST: readonly Undo['do'][] = [
  'reload-units',
  // Runs while networkd still has the device's configuration. Otherwise its masquerading rules would stay.
  'delete-link',
  'reload-networks',
  'start-machine',
  'reload-machine',
  'restart-machine',
  'start-dependent',
  'keep-running',
];

/** Whether the record starts a container, which must wait until everything that the container needs is restored. */
export const bringsUp = ({ do: kind }: Undo) =>
  kind === 'start-machine' ||
  kind === 'reload-machine' ||
  kind === 'restart-machine' ||
  kind === 'start-dependent' ||
  // The running closures are known only after the container has started again.
  kind === 'keep-running';

/** Sorts the records for an undo: the last change first, then the requests to systemd. */
export function inUndoOrder(records: readonly Undo[]): Undo[] {
  const backwards = records.filter((record) => !LAST.includes(record.do)).reverse();
  const last = LAST.flatMap((kind) => {
    const seen = new Set<string>();
    return records.filter((record) => {
      const key = JSON.stringify(record);
      return record.do === kind && !seen.has(key) && seen.add(key);
    });
  });
  return [...backwards, ...last];
}

/**
 * Deletes what a power loss has damaged in the store. If the build began in this boot, everything that it wrote is there,
 * on the disk or in memory. A failure does not prevent the undo, because it has nothing to do with the container.
 */
async function repairStore(
  { boot, began }: { boot: string; began: string },
  warn: (text: string) => void,
): Promise<void> {
  if (boot === (await bootId())) return;
  try {
    const damaged = await deleteDamagedPaths(new Date(began));
    if (damaged.length > 0)
      warn(
        `The power loss damaged what Nix was writing. ${damaged.length === 1 ? 'One store path was' : `${damaged.length} store paths were`} deleted, and will be built again.`,
      );
  } catch (error) {
    if (!(error instanceof NspawnError)) throw error;
    warn(
      `The power loss may have damaged store paths, which could not be deleted. 'nix-store --verify --check-contents --repair' finds and repairs them. ${error.message}`,
    );
  }
}

/** @param warn called with what the user should know even if the undo succeeded */
export async function carryOut(undo: Undo, warn: (text: string) => void = () => undefined): Promise<void> {
  switch (undo.do) {
    case 'put-file':
      return restoreFile(undo.path, undo.state);
    case 'restore-shared-file':
      await removeDrafts(undo.path);
      return restoreSharedFile(undo.path, undo.state, undo.container, undo.recordsDir);
    case 'delete-link':
      if ((await otherUsers(undo.path, undo.container, undo.recordsDir)).length > 0) return;
      return deleteLink(undo.name);
    case 'remove-directory':
      await removeEmptyDirectory(undo.path);
      return;
    case 'remove-tree':
      return clearAway(undo.path);
    case 'move':
      return moveBack(undo.from, undo.to, undo.replaces ?? false);
    case 'forget-journal-links':
      return forgetJournalLinks(undo);
    case 'forget-journal':
      return removeFile(undo.path);
    case 'restore-profile':
      return restoreProfile(undo);
    case 'forget-generations':
      return forgetGenerations(undo.profile, undo.generations);
    case 'forget-roots':
      return forgetDanglingRoots(undo.within, undo.autoRootsDir);
    case 'release-build-root':
      await releaseBuildRoot(undo.path, undo.autoRootsDir);
      return undo.build === undefined ? undefined : repairStore(undo.build, warn);
    case 'keep-running':
      return restoreRun(undo, undo.run);
    case 'stop-machine':
      return stopMachine(undo.name, undo.service);
    case 'return-owners':
      return returnForeignOwners(undo.name);
    case 'reload-units':
      return daemonReload();
    case 'reload-networks':
      return reloadNetworks();
    case 'start-machine':
    case 'start-dependent':
      return startMachine(undo.name, undo.service);
    case 'restart-machine':
      return restartMachine(undo.name, undo.service);
    case 'reload-machine':
      return resumeMachine(undo.name, undo.service, undo.failed ?? null, warn);
  }
}

/**
 * Deletes a tree. First renames it to the hidden name that `remove` uses, so that a tree which cannot be deleted
 * completely does not block the path for the next one. `except` is the hidden tree that is to be moved there.
 */
async function clearAway(path: string, except?: string): Promise<void> {
  if (basename(path).startsWith('.')) return removeTree(path);
  for (const former of await hiddenNames(path)) if (former !== except) await removeTree(former);
  if (!(await isRemovableTree(path))) return;
  const hidden = hiddenName(path);
  await rename(path, hidden);
  await removeTree(hidden);
}

/**
 * A file that was never changed is not written again. That would need space, and a full disk may be the reason why the
 * change failed.
 */
async function restoreFile(path: string, state: z.infer<typeof fileState>): Promise<void> {
  await removeDrafts(path);
  if (!isSameState(await currentState(path), state)) await putFile(path, state);
}

async function moveBack(from: string, to: string, replaces: boolean): Promise<void> {
  if (!(await isPresent(from))) return;
  if (replaces) await clearAway(to, from);
  await rename(from, to);
  await syncDirectory(dirname(to));
}

/** Switches back to the recorded generation, and deletes the generations that were created after the record. */
async function restoreProfile(undo: Extract<Undo, { do: 'restore-profile' }>): Promise<void> {
  if (undo.current === null) {
    await clearAway(dirname(undo.profile));
    await removeEmptyDirectory(dirname(dirname(undo.profile)));
    return;
  }
  await removeNixDrafts(undo.profile);
  const profile = await readProfile(undo.profile);
  if (profile.currentNumber !== undo.current) await switchGeneration(undo.profile, undo.current);
  const fresh = profile.numbers.filter((number) => !undo.recorded.includes(number));
  if (fresh.length > 0) await deleteGenerations(undo.profile, fresh);
  await syncDirectory(dirname(undo.profile));
}

/** Ignores generations that are gone already, and keeps one that another tool has made the current one meanwhile. */
async function forgetGenerations(link: string, numbers: readonly number[]): Promise<void> {
  const profile = await readProfile(link);
  const left = profile.numbers.filter(
    (number) => numbers.includes(number) && number !== profile.currentNumber,
  );
  if (left.length === 0) return;
  await deleteGenerations(link, left);
  await syncDirectory(dirname(link));
}

/**
 * systemd-nspawn makes such a link when the container starts. Its target is deleted with the container's tree. Since
 * systemd 258 the link itself does not tell whose it is; then those are deleted that were made during the change and
 * belong to no tree.
 */
async function forgetJournalLinks(undo: Extract<Undo, { do: 'forget-journal-links' }>): Promise<void> {
  const { name, since = Number.POSITIVE_INFINITY } = undo;
  for (const link of await journalLinks(undo)) {
    if (!link.isDangling) continue;
    const isOwn = link.name === null ? ((await timeOfLink(link.path)) ?? 0) >= since : link.name === name;
    if (isOwn) await removeFile(link.path);
  }
}
