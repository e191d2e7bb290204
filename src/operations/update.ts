import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { type ContainerName, containerName } from '../container/name.js';
import { hostOf, type Source, sourceName } from '../container/source.js';
import type { Strategy } from '../container/strategy.js';
import { requireHost } from '../doctor/preflight.js';
import { noStoredSource, sourceElsewhere } from '../errors/requests.js';
import { readClosure } from '../host/closure.js';
import { planHostFiles } from '../host/host-file-changes.js';
import { type ContainerRecord, describesProfile, type PresetChoice } from '../host/record.js';
import { nixSystem } from '../nix/system.js';
import { actUnless, type Step, Steps, unless } from '../pipeline/steps.js';
import { runningGenerations } from '../running/generations.js';
import { activationView, activationViewSchema, plannedActivationSchema } from './activation-view.js';
import { actAfterwards, describeAfterwards } from './afterwards.js';
import { changedCredentials } from './changed-credentials.js';
import { closureDifference, closureDifferenceSchema } from './closure-difference.js';
import { containerViewSchema, warningsSchema } from './container-view.js';
import type { OperationOptions } from './context.js';
import { describeContainer } from './describe.js';
import { hostFilesOf } from './host-files.js';
import { withKnownErrors } from './known-errors.js';
import { waitUntilOnline } from './online.js';
import { lookAhead, type Operation, perform, planAhead, releaseBuildRoot, type Scene } from './operation.js';
import { requireChangeable } from './own-container.js';
import type { AlreadyBuilt } from './shared-builds.js';
import {
  type AskedToBuild,
  type Built,
  type Decided,
  lifecycleFacts,
  type Switched,
  type Under,
} from './stages.js';
import { activationActs, decideStep, isStart } from './steps/activate.js';
import { bindSourcesAct } from './steps/bind-sources.js';
import { evaluation } from './steps/evaluation.js';
import { hostFilesAct } from './steps/host-files.js';
import { pluginActs } from './steps/plugins.js';
import { presetFilesDiffer } from './steps/preset-files.js';
import { setProfileStep } from './steps/profile.js';
import { recordAct } from './steps/record.js';
import { waitForDependents } from './steps/requirements.js';
import { stateAct } from './steps/state.js';

export interface UpdateRequest {
  /** The name of the container. */
  name: string;
  /** Default: the source that the container was created or last updated from. */
  source?: Source | undefined;
  /** The Nix system; default the one that it was built for. */
  system?: string | undefined;
  /** Added to the container's presets. A preset of the same name is replaced. */
  presets?: readonly PresetChoice[] | undefined;
  /** Names of presets to remove from the container. */
  dropPresets?: readonly string[] | undefined;
  /** The source's closure, if it has already been built. */
  built?: AlreadyBuilt | undefined;
  /** The host that asks, if it is another one. A recorded source that is on that host can be used. */
  caller?: string | undefined;
  /** Overrides the strategy of the new configuration. */
  strategy?: Strategy | undefined;
  /** Whether to start the container if it is not running; default false. */
  start?: boolean | undefined;
  /** Whether to activate the configuration even if it is already current; default false. */
  force?: boolean | undefined;
  /** Whether to return to the previous generation if the activation fails; default true. */
  rollBack?: boolean | undefined;
  /** Whether units that newly fail inside are only a warning; by default, they fail the activation. */
  ignoreFailedUnits?: boolean | undefined;
}

export const updateResultSchema = containerViewSchema.extend({
  /** False if there was nothing to do. */
  changed: z.boolean(),
  /** Number of the generation before the update; null if there was none. */
  old_generation: z.int().nullable(),
  ...activationViewSchema.shape,
  /** Credentials whose content had changed on the host since the container was started. */
  changed_credentials: z.array(z.string()).readonly(),
  /** Problems that did not undo anything; empty if there were none. */
  warnings: warningsSchema,
});

export type UpdateResult = z.infer<typeof updateResultSchema>;

interface Types {
  request: UpdateRequest;
  wish: UpdateRequest & { name: ContainerName };
  asked: AskedToBuild;
  planned: Under<Compared>;
  applied: Under<Compared & Switched>;
  result: UpdateResult;
}

/** The decision, and the credentials whose content has changed since the container was started. */
interface Compared extends Decided {
  readonly changedCredentials: readonly string[];
}

const facts = (given: Under<Built>) => lifecycleFacts(given, 'update');

const update: Operation<Types> = {
  verb: 'update',
  read: (request) => ({ ...request, name: containerName(request.name) }),
  requireHost,
  ask: askUpdate,
  plan: (asked, wish) =>
    evaluation(asked, 'update', wish.built)
      .act(...pluginActs(asked.context, 'after-build', facts))
      .learn(decideUnlessCurrent(wish))
      .act(actUnless(upToDate, bindSourcesAct)),
  apply: ({ context, source }, wish) =>
    Steps.from<Under<Compared>>()
      .learn(
        unless(upToDate, setProfileStep<Under<Compared>>(), (given) => ({
          ...given,
          generation: null,
          run: null,
        })),
      )
      .act(actUnless(upToDate, hostFilesAct), actUnless(upToDate, stateAct))
      .act(actUnless(upToDateAndRemembered, recordAct('update', source)))
      .act(...activationActs(context, 'update', wish).map((act) => actUnless(upToDate, act))),
  finish: (applied) => [releaseBuildRoot(applied)],
  follow: async (applied) => {
    if (applied.activation === null) return;
    await waitForDependents(applied.activation?.dependents ?? [], applied);
    if (isStart(applied.activation)) await waitUntilOnline(applied, 'update');
    await actAfterwards(pluginActs(applied.context, 'after-update', facts), applied, 'update');
  },
  result: async ({ context, places, before, activation, changedCredentials }) => ({
    ...(await describeAfterwards(context, places.name)),
    changed: activation !== null,
    old_generation: before.currentNumber,
    ...activationView(activation),
    changed_credentials: changedCredentials,
    warnings: context.warnings,
  }),
};

/**
 * Brings a container to a new generation. Afterwards it is either at that generation and ready, or at the previous one.
 *
 * @throws NspawnError among others `no-such-container`, `no-stored-source`, `activation-failed`, `not-restored`
 */
export async function updateContainer(
  request: UpdateRequest,
  options: OperationOptions = {},
): Promise<UpdateResult> {
  return await withKnownErrors(() => perform(update, request, options));
}

/** What an update finds before it evaluates. It changes nothing. */
export async function askToUpdate(
  request: UpdateRequest,
  options: OperationOptions = {},
): Promise<AskedToBuild & Scene> {
  return await withKnownErrors(() => lookAhead(update, request, options));
}

export const updatePlanSchema = z.object({
  /** The name of the container. */
  name: z.string(),
  /** Whether the built closure differs from the current generation's. */
  would_change: z.boolean(),
  /** Number of the current generation; null if there is none. */
  old_generation: z.int().nullable(),
  /** The built closure in the store. */
  closure: z.string(),
  ...plannedActivationSchema.shape,
  /** Credentials whose content has changed on the host since the container was started. */
  changed_credentials: z.array(z.string()).readonly(),
  /** Null if nothing changes. */
  difference: closureDifferenceSchema.nullable(),
});

export type UpdatePlan = z.infer<typeof updatePlanSchema>;

/** Builds, and shows what update would do, without changing the container or the host's files. */
export async function planUpdate(
  request: UpdateRequest,
  options: OperationOptions = {},
): Promise<UpdatePlan> {
  return await withKnownErrors(() =>
    planAhead(update, request, options, async (planned) => {
      const { context, places, before, closure, activation } = planned;
      const former = before.current === null ? null : await readClosure(before.current.path, places.name);
      return {
        name: places.name,
        would_change: former?.path !== closure.path,
        old_generation: before.currentNumber,
        closure: closure.path,
        ...activationView(activation),
        changed_credentials: planned.changedCredentials,
        difference:
          former === null || activation === null
            ? null
            : await closureDifference(former, closure, context.signal),
      };
    }),
  );
}

/** Why a step is not needed: the container already has this configuration. */
const upToDate = ({ activation }: Decided): string | null => (activation === null ? 'nothing changed' : null);

const upToDateAndRemembered = (given: Decided): string | null =>
  isRemembered(given) ? upToDate(given) : null;

async function askUpdate(
  request: UpdateRequest,
  { context: { layout }, places }: Scene,
): Promise<AskedToBuild> {
  const { record, before } = await requireChangeable(layout, places);
  const known = record !== null && describesProfile(record, before) ? record : null;
  const source = sourceOf(request.source, known?.source);
  if (source === undefined) throw sourceUnknown(places.name, record);
  if (request.source === undefined) requireHere(places.name, source, request.caller);
  return {
    before,
    record,
    source,
    presets: keptPresets(known, request),
    system: nixSystem(request.system ?? known?.system),
    modules: [],
    presetFiles: source.kind === 'profile' ? null : [],
  };
}

/** For a container without a record, or with the record of an earlier profile. */
export const sourceUnknown = (name: string, record: ContainerRecord | null) =>
  noStoredSource(name, record === null ? null : sourceName(record.source));

/** @throws NspawnError `no-stored-source` if the source is on another host than this one or the caller's */
export function requireHere(name: string, source: Source, caller?: string): void {
  const host = hostOf(source);
  if (host !== null && host !== caller) throw sourceElsewhere(name, sourceName(source), host);
}

/** If only a new configuration file is given, the nixpkgs of the previous one is kept. */
function sourceOf(given: Source | undefined, remembered: Source | undefined): Source | undefined {
  if (given === undefined) return remembered;
  if (given.kind !== 'config' || given.nixpkgs !== null || remembered?.kind !== 'config') return given;
  return { ...given, nixpkgs: remembered.nixpkgs };
}

function keptPresets(record: ContainerRecord | null, request: UpdateRequest): PresetChoice[] {
  const fresh = request.presets ?? [];
  const gone = new Set([...(request.dropPresets ?? []), ...fresh.map(({ name }) => name)]);
  return [...(record?.presets ?? []).filter(({ name }) => !gone.has(name)), ...fresh];
}

/**
 * Leaves the activation undecided if the container already has the built closure, all its files are in place, and no
 * credential requires a restart.
 */
function decideUnlessCurrent(request: UpdateRequest): Step<Under<Built>, Under<Compared>> {
  return {
    ...decideStep(request),
    run: async (given, task) => {
      const changed = await changedCredentials(given);
      const staleCredentials = requiringRestart(changed, given, request);
      const decided = await decideStep<Under<Built>>({ ...request, staleCredentials }).run(given, task);
      return { ...decided, changedCredentials: changed };
    },
    skip: async (given) => {
      if (request.force || (await differs(given)) || (await runsAnother(given, request))) return null;
      const changed = await changedCredentials(given);
      if (requiringRestart(changed, given, request).length > 0) return null;
      const { state } = await describeContainer(given.context.layout, given.places.name);
      return state === 'stopped' && request.start
        ? null
        : {
            reason: 'the container already has this configuration',
            known: { ...given, activation: null, changedCredentials: changed },
          };
    },
  };
}

/** A strategy that was requested for this update also applies to credentials. */
const requiringRestart = (
  changed: readonly string[],
  { closure }: Under<Built>,
  { strategy }: UpdateRequest,
): readonly string[] =>
  strategy === undefined && closure.settings.activation.onCredentialChange === 'restart' ? changed : [];

/**
 * Whether an update without activation left the container running another configuration, which this update must
 * replace.
 */
async function runsAnother(
  { closure, places, before, context }: Under<Built>,
  request: UpdateRequest,
): Promise<boolean> {
  if ((request.strategy ?? closure.settings.activation.strategy) === 'none') return false;
  const current = (await runningGenerations(places, before, context.signal))?.current ?? null;
  if (current === null) return false;
  return current.isSpecialised || current.closure !== closure.path;
}

async function differs(given: Under<Built>): Promise<boolean> {
  const { context, places, before, closure, presetFiles, record } = given;
  if (before.current?.path !== closure.path) return true;
  const hostFiles = await hostFilesOf(closure, context.signal);
  if ((await planHostFiles(context.layout, places, hostFiles)).length > 0) return true;
  if (presetFiles === null) return false;
  const files = { wanted: presetFiles, former: record?.hostFiles ?? [] };
  return presetFilesDiffer(context.layout, places, files);
}

/** Whether this source is already recorded. A different source may build the same closure. */
function isRemembered({ record, before, source, system, resolved, presets }: Built): boolean {
  return (
    record !== null &&
    describesProfile(record, before) &&
    isDeepStrictEqual(
      { source, presets, system, resolved },
      {
        source: record.source,
        presets: record.presets,
        system: record.system,
        resolved: record.resolved,
      },
    )
  );
}
