import { dirname } from 'node:path';
import * as z from 'zod';
import { fileState, isPresent, presentAmong, putFile } from '../base/files.js';
import { type ContainerName, storedName } from '../container/name.js';
import { requireHost } from '../doctor/preflight.js';
import { oldContainerGone } from '../errors/migration.js';
import { pathInTheWay } from '../errors/places.js';
import { digestOf } from '../host/migrated-configuration.js';
import type { Migration } from '../host/migrations.js';
import type { OldPlaces } from '../host/old-places.js';
import { type Transfer, transferOf } from '../host/old-state.js';
import { warnOfRemnant } from '../pipeline/settle.js';
import { type Act, actUnless, type Step, Steps } from '../pipeline/steps.js';
import { keepRunningUndo, type Undo } from '../pipeline/undo.js';
import { isUp } from '../systemd/machine.js';
import { returnForeignOwners } from '../systemd/owners.js';
import { actAfterwards } from './afterwards.js';
import { moveSchema, warningsSchema } from './container-view.js';
import type { OperationOptions } from './context.js';
import { withKnownErrors } from './known-errors.js';
import { requireMigration } from './migration-left.js';
import { lookAhead, type Operation, perform, type Scene } from './operation.js';
import {
  askRemove,
  emptied,
  profileStep,
  type RemoveAsked,
  removalFacts,
  unitFilesAct,
  withAside,
} from './remove.js';
import type { Under } from './stages.js';
import { moveAside } from './steps/aside.js';
import { transferTree, unblock } from './steps/old-container.js';
import { pluginActs } from './steps/plugins.js';
import { startAndExplain } from './steps/start.js';
import { stopAct } from './steps/stop.js';

export interface UndoMigrationRequest {
  /** The name of the container. */
  name: string;
}

export const undoMigrationResultSchema = z.object({
  /** The name of the container. */
  name: z.string(),
  /** True: it is again a container of NixOS's own module. */
  undone: z.literal(true),
  /** Where its state directory is now. */
  state_dir: z.string(),
  /** Whether it was running, so that the old container was started. */
  restarted: z.boolean(),
  /** The configuration that the migration made, if it was changed since and is therefore kept; else null. */
  configuration: z.string().nullable(),
  /** Problems that did not undo anything; empty if there were none. */
  warnings: warningsSchema,
});

export type UndoMigrationResult = z.infer<typeof undoMigrationResultSchema>;

interface UndoAsked extends RemoveAsked {
  readonly migration: Migration;
  readonly old: OldPlaces;
  /** Whether the new container runs. */
  readonly runs: boolean;
  readonly transfer: Transfer;
  /** The configuration that the migration made and somebody changed, which is kept; null if there is none. */
  readonly changed: string | null;
}

interface Types {
  request: UndoMigrationRequest;
  wish: { name: ContainerName };
  asked: UndoAsked;
  planned: Under<UndoAsked>;
  applied: Under<UndoAsked>;
  result: UndoMigrationResult;
}

const undo: Operation<Types> = {
  verb: 'migrate --undo',
  read: ({ name }) => ({ name: storedName(name) }),
  requireHost,
  ask: async ({ name }, scene) => {
    const { context, places } = scene;
    const { migration, old } = await requireMigration(name, context.layout);
    for (const path of [migration.settings, old.profile])
      if (!(await isPresent(path))) throw oldContainerGone(name, path);
    if (migration.moved && (await isPresent(migration.stateDir))) throw pathInTheWay(migration.stateDir);
    const { configurationDir } = old;
    const digest = await digestOf(configurationDir);
    return {
      ...(await askRemove({ name, deleteState: false }, scene)),
      migration,
      old,
      runs: await isUp(name, places.service, context.signal),
      transfer: await transferOf(places.stateDir, migration.stateDir),
      changed:
        migration.configuration !== null && digest !== null && digest !== migration.configuration
          ? configurationDir
          : null,
    };
  },
  plan: () => Steps.from<Under<UndoAsked>>(),
  apply: () =>
    Steps.from<Under<UndoAsked>>()
      .act(stopAct, unitFilesAct, actUnless(belongsToOthers, ownersAct))
      .learn(stateStep)
      .learn(profileStep())
      .learn(forgetStep)
      .act(unblockAct, actUnless(notRunning, startOldAct)),
  finish: ({ context, places, aside, old }) => [
    ...aside.map((path): Undo => ({ do: 'remove-tree', path })),
    keepRunningUndo(places, null),
    { do: 'forget-roots', within: places.profileDir, autoRootsDir: context.layout.autoRootsDir },
    ...emptied(context.layout, places),
    ...[dirname(old.migration), dirname(old.configurationDir), dirname(dirname(old.configurationDir))].map(
      (path): Undo => ({ do: 'remove-directory', path }),
    ),
  ],
  follow: async (applied, remnants) => {
    const { context, places, changed } = applied;
    for (const remnant of remnants) warnOfRemnant(places.name, remnant, context.listener);
    if (changed !== null)
      context.listener({
        container: places.name,
        type: 'warning',
        code: 'configuration-kept',
        message: `${changed} was changed after the migration, so it was not deleted. Another migration needs it out of the way, or takes it with --config ${changed}/container.nix.`,
      });
    await actAfterwards(pluginActs(context, 'after-remove', removalFacts), applied, 'migrate --undo');
  },
  result: ({ context, places, migration, runs, changed }) => ({
    name: places.name,
    undone: true,
    state_dir: migration.stateDir,
    restarted: runs,
    configuration: changed,
    warnings: context.warnings,
  }),
};

const notRunning = ({ runs }: UndoAsked) => (runs ? null : 'it was not running');

const belongsToOthers = ({ migration: { owner } }: UndoAsked) =>
  owner === 0 ? null : 'they belonged to a user namespace before';

const ownersAct: Act<Scene> = {
  id: 'return-owners',
  title: 'Check the owners of its files',
  run: ({ places }) => returnForeignOwners(places.name),
};

const stateStep: Step<Under<UndoAsked>, Under<UndoAsked>> = {
  id: 'move-state-back',
  title: 'Move the state directory back',
  run: async (given, task) => {
    const { places, migration, transfer, transaction } = given;
    if (transfer.way === 'none') return given;
    // After a copy, the old root is still there. It lacks what the container has changed since.
    const former = await moveAside(migration.stateDir, transaction, { replaces: true });
    const isMove = transfer.way === 'move';
    await transferTree(places.stateDir, migration.stateDir, isMove, transaction, task);
    const copied = isMove ? null : await moveAside(places.stateDir, transaction);
    return withAside(withAside(given, former), copied);
  },
};

const forgetStep: Step<Under<UndoAsked>, Under<UndoAsked>> = {
  id: 'forget-migration',
  title: 'Remove the record of the migration',
  run: async (given) => {
    const { old, changed, migration, transaction } = given;
    const state = await fileState(old.migration);
    if (state.kind === 'other') throw pathInTheWay(old.migration);
    await transaction.willUndo({ do: 'put-file', path: old.migration, state });
    await putFile(old.migration, { kind: 'absent' });
    if (migration.configuration === null || changed !== null) return given;
    return withAside(given, await moveAside(old.configurationDir, transaction));
  },
};

const unblockAct: Act<Under<UndoAsked>> = {
  id: 'unblock-old',
  title: 'Unblock the old container',
  run: ({ old, transaction }, task) => unblock(old, transaction, task),
};

const startOldAct: Act<Under<UndoAsked>> = {
  id: 'start-old',
  title: 'Start the old container',
  run: async ({ places, old: { service }, transaction }, task) => {
    await transaction.willUndo({ do: 'stop-machine', name: places.name, service });
    await startAndExplain({ ...places, service }, task);
  },
};

/**
 * Goes back from a container that was migrated to the old one, with its state as it is now. After a failure, the new
 * container is as before.
 *
 * @throws NspawnError among others `no-migration`, `no-such-container` if the old one was deleted, `not-started`
 */
export async function undoMigration(
  request: UndoMigrationRequest,
  options: OperationOptions = {},
): Promise<UndoMigrationResult> {
  return await withKnownErrors(() => perform(undo, request, options));
}

/** What the undo of a migration would do. */
export const undoMigrationPlanSchema = z.object({
  /** The name of the container. */
  name: z.string(),
  /** Whether it runs, and would be stopped, and the old one started. */
  would_restart: z.boolean(),
  /** The state directory, as it is now and as it would be; null if there is none. */
  would_move: moveSchema.nullable(),
  /** Whether it would be copied, because it is on another file system. */
  would_copy: z.boolean(),
  /** The unit that could be started again. */
  would_unblock: z.string(),
  /** Absolute paths that would be deleted. */
  would_delete: z.array(z.string()),
});

export type UndoMigrationPlan = z.infer<typeof undoMigrationPlanSchema>;

/** What the undo of a migration would do, without changing anything. */
export async function planUndoMigration(
  request: UndoMigrationRequest,
  options: OperationOptions = {},
): Promise<UndoMigrationPlan> {
  return await withKnownErrors(async () => {
    const asked = await lookAhead(undo, request, options);
    const { places, migration, old, runs, transfer, changed } = asked;
    const { stateDir, profileDir, unitFile, dropIn, runtimeDropIn, record } = places;
    const made = migration.configuration === null || changed !== null ? [] : [old.configurationDir];
    const paths = [profileDir, unitFile, dropIn, runtimeDropIn, record, old.mask, old.migration, ...made];
    return {
      name: places.name,
      would_restart: runs,
      would_move: transfer.way === 'none' ? null : { from: stateDir, to: migration.stateDir },
      would_copy: transfer.way === 'copy',
      would_unblock: old.service,
      would_delete: await presentAmong(paths),
    };
  });
}
