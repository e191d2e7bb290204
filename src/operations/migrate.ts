import { dirname, join } from 'node:path';
import * as z from 'zod';
import { fileState, isPresent, putText, readText } from '../base/files.js';
import { type ContainerName, containerName } from '../container/name.js';
import { lossesOf } from '../container/old-container.js';
import { differencesOf, formerNames } from '../container/old-container-differences.js';
import { type Source, sourceSchema } from '../container/source.js';
import { machineRuns } from '../errors/containers.js';
import {
  alreadyOurs,
  declaredOld,
  migrationUnfinished,
  noOldConfiguration,
  noOldContainer,
  notTranslated,
  oldNameInvalid,
} from '../errors/migration.js';
import { NspawnError } from '../errors/nspawn-error.js';
import { pathInTheWay } from '../errors/places.js';
import { isErrno } from '../errors/system-calls.js';
import { type Closure, readableClosure, resolveClosure } from '../host/closure.js';
import { findContainer } from '../host/inventory.js';
import type { Layout } from '../host/layout.js';
import { digestOf, makeConfiguration } from '../host/migrated-configuration.js';
import { type Migration, renderMigration } from '../host/migrations.js';
import { type FoundOldContainer, findOldContainers } from '../host/old-containers.js';
import { type OldPlaces, oldPlaces } from '../host/old-places.js';
import { type Transfer, transferOf } from '../host/old-state.js';
import type { PresetChoice } from '../host/record.js';
import { nixSystem } from '../nix/system.js';
import { type Act, actUnless, type Step, Steps } from '../pipeline/steps.js';
import { isUp } from '../systemd/machine.js';
import { isRunning } from '../systemd/unit-states.js';
import { nearest } from '../text/nearest.js';
import { adopt, isShared, planAdoption, type SharedPlan, type SharedResult } from './adopt.js';
import { actAfterwards, describeAfterwards } from './afterwards.js';
import { containerViewSchema, moveSchema, warningsSchema } from './container-view.js';
import { type OperationOptions, operationContext } from './context.js';
import { requireFree } from './free-name.js';
import { withKnownErrors } from './known-errors.js';
import { leftOf } from './migration-left.js';
import { askedToBuild, requireHostToBuild } from './new-container.js';
import { waitUntilOnline } from './online.js';
import { lookAhead, type Operation, perform, releaseBuildRoot } from './operation.js';
import { type AskedToBuild, type Built, lifecycleFacts, type Switched, type Under } from './stages.js';
import { bindSourcesAct } from './steps/bind-sources.js';
import { evaluation } from './steps/evaluation.js';
import { hostFilesAct } from './steps/host-files.js';
import { stopOldAct, transferTree } from './steps/old-container.js';
import { pluginActs } from './steps/plugins.js';
import { setProfileStep } from './steps/profile.js';
import { recordAct } from './steps/record.js';
import { afterRequirements } from './steps/requirements.js';
import { startAct } from './steps/start.js';
import { stateAct } from './steps/state.js';

export interface MigrateRequest {
  /** The name of a container of NixOS's own module `containers`, made by `nixos-container`. */
  name: string;
  /**
   * Where the new container's configuration comes from. Default: its present profile if that was built for nixos-nspawn,
   * otherwise a configuration that is made from its /etc/nixos/configuration.nix and its settings on the host.
   */
  source?: Source | null | undefined;
  /** nixpkgs for the default configuration: a path, a `<name>` or a flake reference; default `<nixpkgs>`. */
  nixpkgs?: string | null | undefined;
  /** The Nix system to build for, like `x86_64-linux`; default this machine's. */
  system?: string | undefined;
  /** Presets of the new container, in this order; default none. */
  presets?: readonly PresetChoice[] | undefined;
  /** Whether to go on although settings of the old container have no option; default false. */
  acceptLosses?: boolean | undefined;
  /**
   * For a container of the Python tool: whether to move its drop-in to a place where a reboot does not remove it. Default
   * false.
   */
  moveDropIn?: boolean | undefined;
}

interface MigrateWish extends MigrateRequest {
  name: ContainerName;
}

interface MigrateAsked extends AskedToBuild {
  readonly found: FoundOldContainer;
  readonly oldPlaces: OldPlaces;
  readonly runs: boolean;
  readonly transfer: Transfer;
  /** Whether the configuration is made from the old one. */
  readonly isMade: boolean;
}

interface Migrated extends Switched {
  readonly migration: Migration;
  /** Whether the old container was running. */
  readonly runs: boolean;
  /** What the new container lacks, in sentences. */
  readonly shortcomings: readonly string[];
}

interface Types {
  request: MigrateRequest;
  wish: MigrateWish;
  asked: MigrateAsked;
  planned: Under<Built>;
  applied: Under<Migrated>;
  result: MigrateResult;
}

export const migrateResultSchema = containerViewSchema.extend({
  /** True: it is now a container of nixos-nspawn. */
  migrated: z.literal(true),
  /** Where the configuration of the new container comes from. */
  source: sourceSchema,
  /** Whether its state directory was moved. Otherwise it was copied from another file system. */
  state_moved: z.boolean(),
  /** Whether the old container was running, so that the new one was started. */
  restarted: z.boolean(),
  /** Absolute paths of the old container that `--finish` deletes. */
  kept: z.array(z.string()),
  /** Problems that did not undo anything, among them settings that were not taken over; empty if there were none. */
  warnings: warningsSchema,
});

export type MigrateResult = z.infer<typeof migrateResultSchema>;

const facts = (given: Under<Built>) => lifecycleFacts(given, 'create');

const migrate: Operation<Types> = {
  verb: 'migrate',
  read: (request) => {
    nixSystem(request.system);
    return { ...request, name: containerName(request.name) };
  },
  requireHost: requireHostToBuild,
  ask: async (wish, { context, places }) => {
    const { layout, signal } = context;
    const { name, presets = [], acceptLosses = false, system } = wish;
    const old = oldPlaces(layout, name);
    if (await isPresent(old.migration)) throw migrationUnfinished(name, 'migrate');
    const found = await requireOld(name, layout);
    await requireFree(layout, places, { mayRun: true });
    for (const path of [places.stateDir, places.record]) if (await isPresent(path)) throw pathInTheWay(path);
    const transfer = await transferOf(found.stateDir, places.stateDir);
    const losses = lossesOf(found.old, transfer.owner);
    if (losses.length > 0 && !acceptLosses) throw notTranslated(name, losses);
    const { source, isMade } = await sourceOf(wish, found, old);
    if (isMade && (await isPresent(old.configurationDir))) throw pathInTheWay(old.configurationDir);
    const runs = await isUp(name, old.service, signal);
    // A machine of this name that runs by other means.
    if (runs && !(await isRunning(old.service, { signal }))) throw machineRuns(name);
    return {
      ...(await askedToBuild({ source, presets, system }, places)),
      found,
      oldPlaces: old,
      runs,
      transfer,
      isMade,
    };
  },
  plan: (asked) =>
    Steps.from<Under<MigrateAsked>>()
      .act(actUnless(({ isMade }: MigrateAsked) => (isMade ? null : 'one was given'), configurationAct))
      .and(evaluation(asked, 'create'))
      .act(...pluginActs(asked.context, 'after-build', facts))
      .act(bindSourcesAct),
  apply: (asked) =>
    Steps.from<Under<Built>>()
      .learn(setProfileStep())
      .act(stopOldAct(asked), moveStateAct(asked), hostFilesAct, stateAct, recordAct('migrate', asked.source))
      .learn(rememberStep(asked))
      .act(...pluginActs(asked.context, 'before-activate', facts))
      .act(actUnless(() => (asked.runs ? null : 'it was not running'), afterRequirements(startNewAct(asked))))
      .act(...pluginActs(asked.context, 'after-activate', facts)),
  finish: (applied) => [releaseBuildRoot(applied)],
  follow: async (applied) => {
    const { context, places } = applied;
    await waitUntilOnline(applied, 'migrate');
    await actAfterwards(pluginActs(context, 'after-create', facts), applied, 'migrate');
    for (const message of applied.shortcomings)
      context.listener({ container: places.name, type: 'warning', code: 'not-translated', message });
  },
  result: async ({ context, places, migration, source, runs }) => {
    const view = await describeAfterwards(context, places.name);
    return {
      ...view,
      migrated: true,
      source: source ?? { kind: 'profile', path: places.profile },
      state_moved: migration.moved,
      restarted: runs,
      kept: await leftOf(context.layout, places.name, migration),
      warnings: context.warnings,
    };
  },
};

/** @throws NspawnError `exists`, `no-such-container`, `declarative` */
async function requireOld(name: ContainerName, layout: Layout): Promise<FoundOldContainer> {
  const known = await findOldContainers(layout.root);
  const found = known.find(({ old }) => old.name === name);
  const ours = await findContainer(layout, name);
  if (ours?.isManaged && !ours.isDeclarative) throw alreadyOurs(name, found !== undefined);
  const names = known.map(({ old }) => old.name);
  if (found === undefined) throw noOldContainer(name, nearest(name, names));
  if (found.isDeclared) throw declaredOld(name, found.settings);
  return found;
}

async function sourceOf(
  { name, source, presets = [], nixpkgs = null }: MigrateWish,
  { old, stateDir, configuration }: FoundOldContainer,
  { profile, configuration: file }: OldPlaces,
): Promise<{ source: Source; isMade: boolean }> {
  if (source) return { source, isMade: false };
  const closure = await closureAt(profile);
  if (closure !== null && presets.length === 0 && (await readableClosure(closure, name)) !== null)
    return { source: { kind: 'profile', path: closure }, isMade: false };
  if (configuration === null || old.flake !== null)
    throw noOldConfiguration(name, old.flake, `${stateDir}/etc/nixos/configuration.nix`);
  return { source: { kind: 'config', file, nixpkgs }, isMade: true };
}

/** Null if there is none that can be read. Only root may read the profiles of these containers. */
async function closureAt(profile: string): Promise<string | null> {
  try {
    return await resolveClosure(profile);
  } catch (error) {
    if (error instanceof NspawnError || isErrno(error)) return null;
    throw error;
  }
}

const configurationAct: Act<Under<MigrateAsked>> = {
  id: 'write-configuration',
  title: 'Write the configuration',
  run: async ({ context, places, found, oldPlaces: old, transaction }, { signal }) => {
    const parent = dirname(old.configurationDir);
    const parents = [dirname(parent), parent];
    const present = await Promise.all(parents.map(isPresent));
    await transaction.willUndo(
      ...parents
        .filter((_, index) => !present[index])
        .map((path) => ({ do: 'remove-directory', path }) as const),
      { do: 'remove-tree', path: old.configurationDir },
    );
    for (const path of await makeConfiguration(found, old, signal))
      context.listener({
        container: places.name,
        type: 'warning',
        code: 'link-not-copied',
        message: `${path} is a link, which would lead elsewhere on the host. It was not copied.`,
      });
  },
};

const moveStateAct = ({ found: { stateDir }, transfer: { way } }: MigrateAsked): Act<Under<Switched>> => ({
  id: 'move-state',
  title: way === 'copy' ? 'Copy the state directory' : 'Move the state directory',
  skip: () => (way === 'none' ? 'there is none' : null),
  run: ({ places, transaction }, task) =>
    transferTree(stateDir, places.stateDir, way === 'move', transaction, task),
});

const rememberStep = ({
  found,
  oldPlaces: { migration: path, configurationDir },
  transfer,
  isMade,
  runs,
}: MigrateAsked): Step<Under<Switched>, Under<Migrated>> => ({
  id: 'remember-migration',
  title: 'Record the migration',
  run: async (given) => {
    const { transaction } = given;
    const migration: Migration = {
      version: 1,
      settings: found.settings,
      stateDir: found.stateDir,
      moved: transfer.way !== 'copy',
      owner: transfer.owner,
      configuration: isMade ? await digestOf(configurationDir) : null,
      at: new Date().toISOString(),
    };
    const state = await fileState(path);
    if (state.kind === 'other') throw pathInTheWay(path);
    await transaction.willUndo(
      { do: 'remove-directory', path: dirname(path) },
      { do: 'put-file', path, state },
    );
    await putText(path, renderMigration(migration), 0o600);
    return {
      ...given,
      migration,
      runs,
      shortcomings: [
        ...lossesOf(found.old, transfer.owner),
        ...(isMade
          ? formerNames(await readText(join(configurationDir, 'nixos/configuration.nix')))
          : differencesOf(found.old, given.closure.settings, await networksOf(given.closure))),
      ],
    };
  },
});

const networksOf = async ({ path, files }: Closure): Promise<string> =>
  (await Promise.all(files.networks.map((file) => readText(join(path, 'nixos-nspawn', file))))).join('\n');

/** Without a user namespace before, the files must belong to users of the host if the old container comes back. */
const startNewAct = ({ transfer: { owner } }: MigrateAsked): Act<Under<Migrated>> => ({
  ...startAct,
  run: async (given, task) => {
    if (owner === 0) await given.transaction.willUndo({ do: 'return-owners', name: given.places.name });
    await startAct.run(given, task);
  },
});

/**
 * Takes over a container of NixOS's own module that `nixos-container` made: its state, its configuration and its settings
 * on the host. A running one is stopped, and the new one is started. After a failure the old container is as before, and
 * runs if it did. Otherwise what is left of it stays until `finishMigration`, and `undoMigration` goes back to it.
 *
 * @throws NspawnError among others `no-such-container`, `exists`, `declarative`, `not-translated`, `no-source`,
 * `path-in-the-way`, `not-started`
 */
export async function migrateContainer(
  request: MigrateRequest,
  options: OperationOptions = {},
): Promise<MigrateResult | SharedResult> {
  return await withKnownErrors(async () => {
    await requireValidName(request.name, options);
    return (await isShared(request, options))
      ? perform(adopt, request, options)
      : perform(migrate, request, options);
  });
}

/** A name that `nixos-container` accepts, and systemd's machined does not. @throws NspawnError `invalid-name` */
async function requireValidName(name: string, options: OperationOptions): Promise<void> {
  try {
    containerName(name);
  } catch (error) {
    const known = await findOldContainers(operationContext(options).layout.root);
    if (error instanceof NspawnError && known.some(({ old }) => old.name === name))
      throw oldNameInvalid(name, error);
    throw error;
  }
}

/** What a migration would do. */
export const migratePlanSchema = z.object({
  /** The name of the container. */
  name: z.string(),
  /** Where the configuration of the new container would come from. */
  source: sourceSchema,
  /** Whether the old container runs, and would be stopped, and the new one started. */
  would_restart: z.boolean(),
  /** The state directory, as it is now and as it would be; null if there is none. */
  would_move: moveSchema.nullable(),
  /** Whether it would be copied, because the new place is on another file system. */
  would_copy: z.boolean(),
  /** The unit that could not be started any more. */
  would_block: z.string(),
  /** Paths that would be created, in addition to the build's own in the store. */
  would_create: z.array(z.string()),
  /** Absolute paths of the old container that would be kept until `--finish`. */
  would_keep: z.array(z.string()),
  /** Settings that would not be taken over, in sentences; may be empty. */
  untranslated: z.array(z.string()),
});

export type MigratePlan = z.infer<typeof migratePlanSchema>;

/** What a migration would do, without building or changing anything. */
export async function planMigration(
  request: MigrateRequest,
  options: OperationOptions = {},
): Promise<MigratePlan | SharedPlan> {
  return await withKnownErrors(async () => {
    await requireValidName(request.name, options);
    if (await isShared(request, options)) return planAdoption(request, options);
    const asked = await lookAhead(migrate, request, options);
    const { context, places, found, oldPlaces: old, runs, transfer, isMade, source } = asked;
    const { name, stateDir } = places;
    const kept = await leftOf(context.layout, name, {
      settings: found.settings,
      stateDir: found.stateDir,
      moved: transfer.way !== 'copy',
    });
    return {
      name,
      source,
      would_restart: runs,
      would_move: transfer.way === 'none' ? null : { from: found.stateDir, to: stateDir },
      would_copy: transfer.way === 'copy',
      would_block: old.service,
      would_create: [
        ...(isMade ? [old.configurationDir] : []),
        places.profile,
        places.unitFile,
        places.dropIn,
        places.record,
        ...(transfer.way === 'none' ? [stateDir] : []),
        old.mask,
        old.migration,
      ],
      would_keep: kept,
      untranslated: lossesOf(found.old, transfer.owner),
    };
  });
}
