import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { containerName } from '../container/name.js';
import type { Strategy } from '../container/strategy.js';
import { requireHost } from '../doctor/preflight.js';
import { leftovers, noStoredSource } from '../error-catalog.js';
import { type Closure, readClosure } from '../host/closure.js';
import { readProfile } from '../host/generations.js';
import { planHostFiles } from '../host/host-files.js';
import { containerPlaces, type Places } from '../host/layout.js';
import { type ContainerRecord, describesProfile, type PresetChoice, readRecord } from '../host/record.js';
import { runningGenerations } from '../host/running-generations.js';
import { type Source, sourceName } from '../nix/source.js';
import { nixSystem } from '../nix/system.js';
import { guarded } from '../pipeline/guarded.js';
import { requireUninterrupted, runSteps, type Step } from '../pipeline/steps.js';
import { describeAfterwards, stepsAfterwards } from './afterwards.js';
import { beginChange, builtClosure, type Change } from './change.js';
import { closureDifference, closureDifferenceSchema } from './closure-difference.js';
import { containerViewSchema, warningsSchema } from './container-view.js';
import { type Context, type OperationOptions, operationContext } from './context.js';
import { describeContainer } from './describe.js';
import { waitUntilOnline } from './online.js';
import { requireOwn, requireOwnImage } from './own-container.js';
import type { Built } from './shared-builds.js';
import { activationSteps, decideStep, isStart, whatFailureMeans } from './steps/activate.js';
import { bindSourcesStep } from './steps/bind-sources.js';
import { hostFilesStep } from './steps/host-files.js';
import { pluginStep } from './steps/plugins.js';
import { presetFilesDiffer } from './steps/preset-files.js';
import { evaluationSteps } from './steps/presets.js';
import { setProfileStep } from './steps/profile.js';
import { recordStep } from './steps/record.js';
import { stateStep } from './steps/state.js';

export interface UpdateRequest {
  /** The name of the container. */
  name: string;
  /** Default: the source that it was created or last updated from. */
  source?: Source | undefined;
  /** Nix system; default the one it was built for. */
  system?: string | undefined;
  /** Added to those that the container has; one of the same name replaces it. */
  presets?: readonly PresetChoice[] | undefined;
  /** Names of presets that the container no longer has. */
  dropPresets?: readonly string[] | undefined;
  /** The source's closure, where it was built beforehand. */
  built?: Built | undefined;
  /** Overrides the new configuration's own strategy. */
  strategy?: Strategy | undefined;
  /** Start the container if it does not run; default false. */
  start?: boolean | undefined;
  /** Activate even what is current already; default false. */
  force?: boolean | undefined;
  /** On a failed activation go back to the previous generation; default true. */
  rollBack?: boolean | undefined;
  /** Units that newly fail inside are a warning; default a failed activation. */
  ignoreFailedUnits?: boolean | undefined;
}

export const updateResultSchema = containerViewSchema.extend({
  /** False where there was nothing to do. */
  changed: z.boolean(),
  /** Number of the generation before; null where there was none. */
  old_generation: z.int().nullable(),
  /** What was done to the container: nothing, a reload of its service, a restart, or a start. */
  activation: z.enum(['none', 'reload', 'restart', 'start']),
  /** Why that activation. */
  reasons: z.array(z.string()),
  /** What went wrong without undoing anything; empty where nothing did. */
  warnings: warningsSchema,
});

export type UpdateResult = z.infer<typeof updateResultSchema>;

/**
 * Brings a container to a new generation: afterwards it is at it and ready, or where it was before.
 *
 * @throws NspawnError among others `no-such-container`, `no-stored-source`, `activation-failed`, `not-restored`
 */
export async function updateContainer(
  request: UpdateRequest,
  options: OperationOptions = {},
): Promise<UpdateResult> {
  const context = operationContext(options);
  const name = containerName(request.name);
  const places = containerPlaces(context.layout, name);
  await requireHost(context.layout, context.signal);
  return guarded(places, { operation: 'update', ...context }, async (transaction, judgeBy) => {
    const { change, source } = await beginUpdate(request, context, places, transaction);
    judgeBy(whatFailureMeans(change, request.rollBack ?? true));
    const upToDate = () => (change.activation === null ? 'nothing changed' : null);
    await runSteps(
      [
        ...evaluationSteps(change, source, request.built),
        ...pluginStep(change, 'after-build'),
        decideUnlessCurrent(change, request),
        ...[bindSourcesStep(change), setProfileStep(change), hostFilesStep(change), stateStep(change)].map(
          (step) => skipIf(upToDate, step),
        ),
        skipIf(
          () => {
            const told = upToDate();
            return told !== null && isRemembered(change, source) ? told : null;
          },
          recordStep(change, source),
        ),
        ...activationSteps(change, request).map((step) => skipIf(upToDate, step)),
      ],
      { container: name, operation: 'update', ...context },
    );
    requireUninterrupted(context.signal);
    await transaction.commit([
      { do: 'release-build-root', path: places.buildRoot, autoRootsDir: context.layout.autoRootsDir },
    ]);
    if (change.activation !== null) {
      if (isStart(change.activation.action)) await waitUntilOnline(name, 'update', context);
      await stepsAfterwards(pluginStep(change, 'after-update'), 'update', name, context);
    }
    return result(change);
  });
}

export const updatePlanSchema = z.object({
  /** The name of the container. */
  name: z.string(),
  /** Whether the built closure differs from the current generation's. */
  would_change: z.boolean(),
  /** Number of the current generation; null where there is none. */
  old_generation: z.int().nullable(),
  /** The built closure in the store. */
  closure: z.string(),
  /** What would be done to the container: nothing, a reload of its service, a restart, or a start. */
  activation: z.enum(['none', 'reload', 'restart', 'start']),
  /** Why that would be done. */
  reasons: z.array(z.string()),
  /** Null where nothing changes. */
  difference: closureDifferenceSchema.nullable(),
});

export type UpdatePlan = z.infer<typeof updatePlanSchema>;

/** Builds, and says what update would do; the container and the host's files stay as they are. */
export async function planUpdate(
  request: UpdateRequest,
  options: OperationOptions = {},
): Promise<UpdatePlan> {
  const context = operationContext(options);
  const name = containerName(request.name);
  const places = containerPlaces(context.layout, name);
  await requireHost(context.layout, context.signal);
  return guarded(
    places,
    { operation: 'update --dry-run', isPreview: true, ...context },
    async (transaction) => {
      const { change, source } = await beginUpdate(request, context, places, transaction);
      const steps = [
        ...evaluationSteps(change, source, request.built),
        decideUnlessCurrent(change, request),
        skipIf(() => (change.activation === null ? 'nothing changed' : null), bindSourcesStep(change)),
      ];
      await runSteps(steps, {
        container: name,
        operation: 'update',
        ...context,
      });
      const closure = builtClosure(change);
      const former = await currentClosure(change);
      const difference =
        former === null || change.activation === null
          ? null
          : await closureDifference(former, closure, context.signal);
      await transaction.commit([
        { do: 'release-build-root', path: places.buildRoot, autoRootsDir: context.layout.autoRootsDir },
      ]);
      return {
        name,
        would_change: former?.path !== closure.path,
        old_generation: change.before.currentNumber,
        closure: closure.path,
        activation: change.activation?.action ?? 'none',
        reasons: change.activation?.reasons ?? ['nothing changed'],
        difference,
      };
    },
  );
}

async function beginUpdate(
  request: UpdateRequest,
  context: Context,
  places: Places,
  transaction: Change['transaction'],
): Promise<{ change: Change; source: Source }> {
  const found = await requireOwn(context.layout, places.name);
  if (found.generation === null) throw leftovers(places.name, [places.profileDir]);
  await requireOwnImage(context.layout, places);
  const record = await readRecord(places.record);
  const profile = await readProfile(places.profile);
  const known = record !== null && describesProfile(record, profile) ? record : null;
  const source = sourceOf(request.source, known?.source);
  if (source === undefined) throw sourceUnknown(places.name, record);
  const change = await beginChange({
    operation: 'update',
    context,
    places,
    transaction,
    source,
    presets: keptPresets(known, request),
    system: nixSystem(request.system ?? known?.system),
    record,
  });
  return { change, source };
}

/** For a container without a record, and for one whose record is of a former profile. */
export const sourceUnknown = (name: string, record: ContainerRecord | null) =>
  noStoredSource(name, record === null ? null : sourceName(record.source));

/** A configuration file goes on with the nixpkgs of the former one, unless another is given. */
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

/** Leaves the activation undecided where the container is at the built closure already, with all its files in place. */
function decideUnlessCurrent(change: Change, request: UpdateRequest): Step {
  const decide = decideStep(change, request);
  return {
    ...decide,
    skip: async () => {
      if (request.force || (await differs(change)) || (await runsAnother(change, request))) return null;
      const state = await describeContainer(change.context.layout, change.places.name);
      return state.state === 'stopped' && request.start
        ? null
        : 'the container is at this configuration already';
    },
  };
}

/** An update without activation left it at another configuration, to which it is not to be left again. */
async function runsAnother(change: Change, request: UpdateRequest): Promise<boolean> {
  const { path, settings } = builtClosure(change);
  if ((request.strategy ?? settings.activation.strategy) === 'none') return false;
  const { places, before, context } = change;
  const current = (await runningGenerations(places, before, context.signal))?.current ?? null;
  if (current === null) return false;
  return current.isSpecialised || current.closure !== path;
}

async function differs(change: Change): Promise<boolean> {
  const closure = builtClosure(change);
  const former = change.before.current;
  if (former?.path !== closure.path) return true;
  const { context, places, presetFiles, record } = change;
  if ((await planHostFiles(context.layout, places, closure.files)).length > 0) return true;
  if (presetFiles === null) return false;
  const files = { wanted: presetFiles, former: record?.hostFiles ?? [] };
  return presetFilesDiffer(context.layout, places, files);
}

async function currentClosure(change: Change): Promise<Closure | null> {
  const { before, places } = change;
  return before.current === null ? null : readClosure(before.current.path, places.name);
}

/** Another source may build what is current already, and is then the one to update from. */
function isRemembered(change: Change, source: Source): boolean {
  const { record, before, system, resolved, presets } = change;
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

const skipIf = (reason: () => string | null | Promise<string | null>, step: Step): Step => ({
  ...step,
  skip: async () => (await reason()) ?? (await step.skip?.()) ?? null,
});

async function result(change: Change): Promise<UpdateResult> {
  const { context, places, before, activation } = change;
  return {
    ...(await describeAfterwards(context, places.name)),
    changed: activation !== null,
    old_generation: before.currentNumber,
    activation: activation?.action ?? 'none',
    reasons: activation?.reasons ?? ['nothing changed'],
    warnings: context.warnings,
  };
}
