import { rename as renameFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import {
  fileState,
  isPresent,
  putFile,
  putText,
  removeEmptyDirectory,
  syncDirectory,
} from '../base/files.js';
import { type ContainerName, containerName, storedName } from '../container/name.js';
import { earlierContainers } from '../container/order.js';
import type { Profile } from '../container/profile.js';
import { sourceName } from '../container/source.js';
import { requireHost } from '../doctor/preflight.js';
import { noGeneration, running, sameName } from '../errors/containers.js';
import { pathInTheWay, stateOutside } from '../errors/places.js';
import { type Closure, readClosure } from '../host/closure.js';
import { isTemporaryTarget, journalLinks } from '../host/journal-links.js';
import { containerPlaces, type Places } from '../host/layout.js';
import { enablingLinks, ownersSettings } from '../host/leftovers.js';
import { acquireLock } from '../host/lock.js';
import { mountPoints } from '../host/mounts.js';
import { type ContainerRecord, knownGenerations, renderRecord } from '../host/record.js';
import { renamedClosure } from '../host/renamed-closure.js';
import { packTree } from '../nix/import.js';
import { remember } from '../pipeline/remember.js';
import { settleFormerRun } from '../pipeline/settle.js';
import { type Act, actUnless, type Step, Steps } from '../pipeline/steps.js';
import { keepRunningUndo, type Undo } from '../pipeline/undo.js';
import { isUp } from '../systemd/machine.js';
import { daemonReload } from '../systemd/systemctl.js';
import { list, quote } from '../text/words.js';
import { describeAfterwards } from './afterwards.js';
import { containerViewSchema, warningsSchema } from './container-view.js';
import { type OperationOptions, operationContext } from './context.js';
import { requireFree } from './free-name.js';
import { hostFilesOf } from './host-files.js';
import { withKnownErrors } from './known-errors.js';
import { requireNoMigration } from './migration-left.js';
import { waitUntilOnline } from './online.js';
import { lookAhead, type Operation, performIn } from './operation.js';
import { ordersOn, requireUnneeded } from './order.js';
import { requireChangeable } from './own-container.js';
import type { Under } from './stages.js';
import { moveAside } from './steps/aside.js';
import { applyHostFiles } from './steps/host-files.js';
import { makeProfile, type PackedGeneration } from './steps/new-profile.js';
import { startAct } from './steps/start.js';
import { stopAct } from './steps/stop.js';

export interface RenameRequest {
  /** The name of the container. */
  name: string;
  /** Its new name. */
  to: string;
  /** Whether a running container is stopped, and started again under its new name; default false. */
  restart?: boolean | undefined;
}

export const renameResultSchema = containerViewSchema.extend({
  /** The former name of the container. */
  old_name: z.string(),
  /** Whether it was running, so that it was stopped and started again. */
  restarted: z.boolean(),
  /** Problems that did not undo anything; empty if there were none. */
  warnings: warningsSchema,
});

export type RenameResult = z.infer<typeof renameResultSchema>;

interface RenameAsked {
  /** Where the parts of the container will be. */
  readonly target: Places;
  readonly before: Profile;
  readonly current: number;
  readonly record: ContainerRecord | null;
  readonly runs: boolean;
}

interface RenamePlanned extends RenameAsked {
  /** The generations under the new name. */
  readonly generations: readonly PackedGeneration[];
}

interface Renamed extends RenamePlanned {
  /** The hidden name of the former profile, which is deleted after the commit. */
  readonly aside: string | null;
}

interface Types {
  request: RenameRequest;
  wish: { name: ContainerName; to: ContainerName; restart: boolean };
  asked: RenameAsked;
  planned: Under<RenamePlanned>;
  applied: Under<Renamed>;
  result: RenameResult;
}

const rename: Operation<Types> = {
  verb: 'rename',
  read: ({ name, to, restart = false }) => {
    const wish = { name: storedName(name), to: containerName(to), restart };
    if (wish.name === wish.to) throw sameName(name);
    return wish;
  },
  requireHost,
  ask: async ({ name, to, restart }, { context, places }) => {
    const { layout, signal } = context;
    const { record, before } = await requireChangeable(layout, places);
    await requireNoMigration(name, layout, 'rename');
    if (before.current === null) throw noGeneration(name, 'current', before.numbers);
    const target = containerPlaces(layout, to);
    await requireFree(layout, target);
    for (const path of [target.stateDir, target.record]) if (await isPresent(path)) throw pathInTheWay(path);
    await requireMovable(places.stateDir);
    const runs = await isUp(name, places.service, signal);
    if (runs && !restart) throw running(name, 'rename');
    await requireUnneeded(name, context);
    return { target, before, current: before.current.number, record, runs };
  },
  plan: () => Steps.from<Under<RenameAsked>>().learn(packStep),
  apply: () =>
    Steps.from<Under<RenamePlanned>>()
      .act(pairAct, stopAct, profileAct, unitFilesAct, stateAct, recordAct)
      .learn(formerProfileStep)
      .act(actUnless(notRunning, startTargetAct)),
  finish: ({ context: { layout }, places, target, aside }) => [
    ...(aside === null ? [] : [{ do: 'remove-tree', path: aside } satisfies Undo]),
    keepRunningUndo(places, null),
    { do: 'forget-roots', within: places.profileDir, autoRootsDir: layout.autoRootsDir },
    { do: 'forget-journal', path: target.journal },
  ],
  follow: async (applied) => {
    const { context, places, target, runs } = applied;
    // The operation itself is logged for the former name.
    await remember({ container: target.name, operation: 'rename', error: null }, context);
    await warnOfRest(applied);
    if (runs) await waitUntilOnline({ ...applied, places: target }, 'rename');
    await removeEmptyDirectory(places.dropInDir);
  },
  result: async ({ context, places, target, runs }) => ({
    ...(await describeAfterwards(context, target.name)),
    old_name: places.name,
    restarted: runs,
    warnings: context.warnings,
  }),
};

const notRunning = ({ runs }: RenameAsked) => (runs ? null : 'it was not running');

/** A mount point cannot be renamed. @throws NspawnError `state-outside` */
async function requireMovable(stateDir: string): Promise<void> {
  if ((await mountPoints()).includes(stateDir)) throw stateOutside(stateDir, 'is a mount point');
}

const packStep: Step<Under<RenameAsked>, Under<RenamePlanned>> = {
  id: 'rename-generations',
  title: 'Prepare the generations',
  run: async (given, { signal }) => {
    const { places, target, before } = given;
    const generations: PackedGeneration[] = [];
    for (const { number, path, created } of before.generations) {
      // Fails for a closure that is not one of this container.
      await readClosure(path, places.name);
      const renamed = await renamedClosure(path, places.name, target.name);
      const tree = await packTree(`nixos-nspawn-${target.name}`, renamed, [path], { signal });
      generations.push({ number, created, tree });
    }
    return { ...given, generations };
  },
};

const pairAct: Act<Under<RenamePlanned>> = {
  id: 'pair-names',
  title: 'Record both names',
  run: ({ places, target, transaction }) => transaction.pair(places.name, target),
};

const profileAct: Act<Under<RenamePlanned>> = {
  id: 'set-profile',
  title: 'Set the profile',
  run: ({ target, generations, current, transaction }, { signal }) =>
    makeProfile(target, generations, current, transaction, signal),
};

const unitFilesAct: Act<Under<RenamePlanned>> = {
  id: 'write-units',
  title: 'Write unit files',
  run: async ({ context: { layout }, places, target, transaction }, { signal }) => {
    await applyHostFiles(layout, places, transaction, null, { signal });
    const files = await hostFilesOf(await closureOf(target), signal);
    await applyHostFiles(layout, target, transaction, files, { signal });
    const links = await enablingLinks(layout, places);
    if (links.length === 0) return;
    await transaction.willUndo({ do: 'reload-units' });
    for (const link of links) {
      const state = await fileState(link);
      if (state.kind !== 'link') continue;
      const renamed = join(dirname(link), target.service);
      await transaction.willUndo({ do: 'put-file', path: renamed, state: { kind: 'absent' } });
      await putFile(renamed, state);
      await transaction.willUndo({ do: 'put-file', path: link, state });
      await putFile(link, { kind: 'absent' });
    }
    await daemonReload({ signal });
  },
};

const closureOf = ({ profile, name }: Places): Promise<Closure> => readClosure(profile, name);

const stateAct: Act<Under<RenamePlanned>> = {
  id: 'move-state',
  title: 'Move the state directory',
  run: async ({ context: { layout }, places, target, transaction }) => {
    const links = (await journalLinks(layout)).filter(({ name }) => name === places.name);
    if (await isPresent(places.stateDir)) {
      await transaction.willUndo({ do: 'move', from: target.stateDir, to: places.stateDir });
      await renameFile(places.stateDir, target.stateDir);
      await syncDirectory(dirname(target.stateDir));
    }
    for (const { path } of links) {
      const state = await fileState(path);
      if (state.kind !== 'link' || isTemporaryTarget(state.target)) continue;
      await transaction.willUndo({ do: 'put-file', path, state });
      const moved = state.target.replace(
        `/${places.name}/var/log/journal/`,
        `/${target.name}/var/log/journal/`,
      );
      await putFile(path, { kind: 'link', target: moved });
    }
  },
};

const recordAct: Act<Under<RenamePlanned>> = {
  id: 'remember-source',
  title: 'Record the source',
  skip: ({ record }) => (record === null ? 'it has no record' : null),
  run: async ({ places, target, before, record, generations, transaction }) => {
    if (record === null) return;
    const known = knownGenerations(record, before);
    const built = generations
      .filter(({ number }) => known[number] !== undefined)
      .map(({ number, tree }) => [String(number), tree.path] as const);
    const renamed: ContainerRecord = {
      ...record,
      built: Object.fromEntries(built),
      lastOperation: { operation: 'rename', at: new Date().toISOString() },
    };
    const state = await fileState(places.record);
    if (state.kind === 'other') throw pathInTheWay(places.record);
    await transaction.willUndo({ do: 'put-file', path: target.record, state: { kind: 'absent' } });
    await putText(target.record, renderRecord(renamed), 0o600);
    await transaction.willUndo({ do: 'put-file', path: places.record, state });
    await putFile(places.record, { kind: 'absent' });
  },
};

const formerProfileStep: Step<Under<RenamePlanned>, Under<Renamed>> = {
  id: 'remove-profile',
  title: 'Remove the profile',
  run: async (given) => ({ ...given, aside: await moveAside(given.places.profileDir, given.transaction) }),
};

const startTargetAct: Act<Under<Renamed>> = {
  ...startAct,
  run: (given, task) => startAct.run({ ...given, places: given.target }, task),
};

/** Tells what still has the former name, because this tool does not own it. */
async function warnOfRest({ context, places, target, record }: Under<Renamed>): Promise<void> {
  const warn = (code: string, message: string) =>
    context.listener({ container: target.name, type: 'warning', code, message });
  const settings = await ownersSettings(context.layout, places);
  if (settings.length > 0)
    warn(
      'settings-kept',
      `nixos-nspawn did not create ${settings.join(', ')}, and does not move it. Move it to '${target.service}' if '${target.name}' needs it.`,
    );
  const naming = [...(await ordersOn(context.layout))].flatMap(([other, settings]) =>
    earlierContainers(settings).includes(places.name) ? [other] : [],
  );
  if (naming.length > 0)
    warn(
      'order-has-old-name',
      `'after', 'wants' or 'requires' of ${list(naming.map(quote))} still ${naming.length === 1 ? 'names' : 'name'} '${places.name}'. A container that requires it does not start. Change the name to '${target.name}' there, and apply the configuration.`,
    );
  if (record !== null && record.source.kind !== 'config')
    warn(
      'source-has-old-name',
      `${sourceName(record.source)} still describes a container '${places.name}'. Before the next update, rename it there too, or pass another source.`,
    );
}

/**
 * Gives a container another name. Its state, its machine ID, its generations, its source and its presets stay. After a
 * failure it has its former name, with everything that belongs to it.
 *
 * @throws NspawnError among others `no-such-container`, `exists`, `running`, `path-in-the-way`, `not-started`
 */
export async function renameContainer(
  request: RenameRequest,
  options: OperationOptions = {},
): Promise<RenameResult> {
  return await withKnownErrors(async () => {
    const context = operationContext(options);
    const wish = rename.read(request);
    const target = containerPlaces(context.layout, wish.to);
    await requireHost(context);
    const lock = await acquireLock({ name: wish.to, path: target.lock, operation: 'rename', ...context });
    try {
      await settleFormerRun(target, context);
      return await performIn(rename, wish, context);
    } finally {
      await lock.release();
    }
  });
}

export const renamePlanSchema = z.object({
  /** The name of the container. */
  name: z.string(),
  /** The name that it would get. */
  to: z.string(),
  /** Whether it runs, and would be stopped and started again. */
  would_restart: z.boolean(),
  /** Absolute paths that would be moved or made anew, as they are now and as they would be. */
  would_move: z.array(
    z.object({
      /** Where it is now. */
      from: z.string(),
      /** Where it would be. */
      to: z.string(),
    }),
  ),
});

export type RenamePlan = z.infer<typeof renamePlanSchema>;

/** What a rename would do, without changing anything. */
export async function planRename(
  request: RenameRequest,
  options: OperationOptions = {},
): Promise<RenamePlan> {
  return await withKnownErrors(async () => {
    const { places, target, runs } = await lookAhead(rename, request, options);
    const parts = ['stateDir', 'profileDir', 'unitFile', 'dropIn', 'record'] as const;
    const present = await Promise.all(parts.map((part) => isPresent(places[part])));
    return {
      name: places.name,
      to: target.name,
      would_restart: runs,
      would_move: parts
        .filter((_, index) => present[index])
        .map((part) => ({ from: places[part], to: target[part] })),
    };
  });
}
