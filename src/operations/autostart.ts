import { availableParallelism } from 'node:os';
import * as z from 'zod';
import {
  earlierContainers,
  neededContainers,
  type Orders,
  ordersOf,
  reachableFrom,
  requiredContainers,
} from '../container/order.js';
import type { Profile } from '../container/profile.js';
import { requireHost } from '../doctor/preflight.js';
import { interrupted } from '../errors/commands.js';
import { ExitCode, worstExitCode } from '../errors/exit-codes.js';
import { asNspawnError, errorDocument, type NspawnError } from '../errors/nspawn-error.js';
import { requirementNotRunning } from '../errors/order.js';
import { invalidJobs } from '../errors/usage.js';
import { type Closure, readClosure } from '../host/closure.js';
import type { Container } from '../host/container.js';
import { readProfile } from '../host/generations.js';
import { type FileChange, planHostFiles } from '../host/host-file-changes.js';
import { findContainer, findContainers } from '../host/inventory.js';
import { guarded } from '../pipeline/guarded.js';
import { inOrder } from '../pipeline/in-order.js';
import { type Act, Steps } from '../pipeline/steps.js';
import type { LifecycleFacts } from '../plugins/lifecycle.js';
import { keepRunning } from '../running/keep.js';
import { findMachine, listMachines } from '../systemd/registered-machines.js';
import {
  byName,
  containerView,
  containerViewSchema,
  failureSchema,
  warningsSchema,
} from './container-view.js';
import { type Context, type OperationOptions, operationContext } from './context.js';
import { hostFilesOf } from './host-files.js';
import { withKnownErrors } from './known-errors.js';
import { stepsContext } from './operation.js';
import { requireOrder } from './order.js';
import { requireOwnImage } from './own-container.js';
import type { Under } from './stages.js';
import { pluginActs } from './steps/plugins.js';
import { restoringActs } from './steps/power.js';
import { startPatiently } from './steps/start-patiently.js';

export interface AutostartRequest {
  /** How many containers are started at the same time; default the number of processors. */
  jobs?: number | undefined;
}

/** A container that was to be started: the fields of `list`, and the outcome. */
export const autostartEntrySchema = containerViewSchema.extend({
  /** Whether it was started and reported that it is ready. */
  started: z.boolean(),
  /** How often a start was attempted; 0 if it did not get that far. */
  tries: z.int(),
  /** Paths of links and drop-ins that were missing or different, and were restored. */
  restored: z.array(z.string()),
  /** Why it was not started; null if it was. */
  error: failureSchema.nullable(),
  /** Problems that did not undo anything; empty if there were none. */
  warnings: warningsSchema,
});

export type AutostartEntry = z.infer<typeof autostartEntrySchema>;

/**
 * Starts every imperative container that is set to start with the host and is not running. Starts several at a time,
 * and waits until each is ready. Links and drop-ins that a reboot or another tool removed are restored first, and are
 * kept even if the start fails. A failure does not affect the other containers.
 *
 * @returns those that were to be started; `autostartExitCode` shows whether all were
 */
export async function autostartContainers(
  request: AutostartRequest = {},
  options: OperationOptions = {},
): Promise<AutostartEntry[]> {
  return await withKnownErrors(async () => {
    const context = operationContext(options);
    const jobs = boundOf(request.jobs);
    await requireHost(context);
    const { pending, orders } = await pendingContainers(context);
    const failed = new Set<string>();
    const outcomes = await inOrder(
      pending.map(({ name }) => name),
      (name) => earlierContainers(orders.get(name) ?? null),
      jobs,
      async (name) => {
        const container = pending.find((other) => other.name === name);
        if (container === undefined) return null;
        const required = requiredContainers(orders.get(name) ?? null).find((other) => failed.has(other));
        const outcome = await start(container, required ?? null, options);
        if (outcome !== null && outcome.error !== null) failed.add(name);
        return outcome;
      },
    );
    if (context.signal.aborted) throw interrupted(context.signal.reason);
    const machines = byName(await listMachines({ signal: context.signal }));
    return Promise.all(
      outcomes
        .filter((outcome) => outcome !== null)
        .map(async ({ container, error, ...outcome }): Promise<AutostartEntry> => {
          const now = (await findContainer(context.layout, container.name)) ?? container;
          const document = error === null ? null : errorDocument(error).error;
          return { ...containerView(now, machines), ...outcome, error: document };
        }),
    );
  });
}

/** The exit code for these results: the most urgent one. */
export function autostartExitCode(entries: readonly AutostartEntry[]): number {
  return worstExitCode(entries.map(({ error }) => error?.exit_code ?? ExitCode.done));
}

export const autostartPreviewSchema = containerViewSchema.extend({
  /** Paths of links and drop-ins that would be restored. */
  would_restore: z.array(z.string()),
  /** Why it could not be started; null if no reason is known before an attempt. */
  error: autostartEntrySchema.shape.error,
});

export type AutostartPreview = z.infer<typeof autostartPreviewSchema>;

/** Shows what autostart would start, without changing anything. */
export async function previewAutostart(options: OperationOptions = {}): Promise<AutostartPreview[]> {
  return await withKnownErrors(async () => {
    const context = operationContext(options);
    const { pending } = await pendingContainers(context);
    const previews = await Promise.all(
      pending.map(async (container): Promise<AutostartPreview | null> => {
        const view = containerView(container, new Map());
        try {
          const startable = await startableOf(container, isNeeded(container));
          if (startable === null) return null;
          await requireOrder(container.name, startable.closure.settings, context);
          const files = await hostFilesOf(startable.closure, context.signal);
          const changes = await planHostFiles(context.layout, container.places, files);
          return { ...view, would_restore: changes.map(({ path }) => path), error: null };
        } catch (error) {
          return { ...view, would_restore: [], error: errorDocument(error).error };
        }
      }),
    );
    return previews.filter((preview) => preview !== null);
  });
}

function boundOf(jobs: number | undefined): number {
  if (jobs === undefined) return availableParallelism();
  if (!Number.isInteger(jobs) || jobs < 1) throw invalidJobs(jobs);
  return jobs;
}

/**
 * Containers that are not running and may have to be started: those that are set to start at boot, and those that these
 * want or require. They include a container whose settings cannot be read,
 * because that must be reported, and an incomplete one, because it may have lost only its links, or may first need the
 * recovery of an interrupted run.
 */
async function pendingContainers({
  layout,
  signal,
}: Context): Promise<{ pending: Container[]; orders: Orders }> {
  const [containers, machines] = await Promise.all([findContainers(layout), listMachines({ signal })]);
  const running = byName(machines);
  const orders = ordersOf(containers);
  const stopped = containers.filter(({ name, isOwn }) => isOwn && !running.has(name));
  const atBoot = stopped.filter(({ settings }) => settings === null || settings.activation.autoStart);
  const wanted = new Set(
    reachableFrom(
      atBoot.map(({ name }) => name),
      (name) => neededContainers(orders.get(name) ?? null),
    ),
  );
  return { pending: stopped.filter(({ name }) => wanted.has(name)), orders };
}

/** Whether it is only started because another container wants or requires it. */
const isNeeded = ({ settings }: Container) => settings !== null && !settings.activation.autoStart;

interface Startable {
  profile: Profile;
  /** The closure of the current generation. */
  closure: Closure;
}

/** What a start of the container uses; null if it has no generation, or is neither set to start at boot nor needed. */
async function startableOf(
  { name, places }: Pick<Container, 'name' | 'places'>,
  isNeeded: boolean,
): Promise<Startable | null> {
  const profile = await readProfile(places.profile);
  if (profile.current === null) return null;
  const closure = await readClosure(profile.current.path, name);
  return isNeeded || closure.settings.activation.autoStart ? { profile, closure } : null;
}

/** What was done for one container, even if it failed in the end. */
interface Tally {
  /** Whether it was started. */
  started: boolean;
  tries: number;
  /** Files of the container that were restored. */
  restored: string[];
}

interface Outcome extends Tally, Pick<AutostartEntry, 'warnings'> {
  container: Container;
  error: NspawnError | null;
}

/**
 * Null if there is nothing to start.
 *
 * @param missing a container that it requires, and that did not start
 */
async function start(
  container: Container,
  missing: string | null,
  options: OperationOptions,
): Promise<Outcome | null> {
  // A separate context, so that the container's warnings are reported with it.
  const context = operationContext(options);
  const tally: Tally = { started: false, tries: 0, restored: [] };
  const outcome = (error: NspawnError | null): Outcome => ({
    ...tally,
    container,
    warnings: context.warnings,
    error,
  });
  try {
    if (missing !== null) throw requirementNotRunning(container.name, missing);
    return (await startOne(container, context, tally)) === null ? null : outcome(null);
  } catch (error) {
    return outcome(asNspawnError(error));
  }
}

type Starting = Under<Startable>;

/** Restores what a reboot removed, and starts the container; null if there is nothing to start. */
async function startOne(former: Container, context: Context, tally: Tally): Promise<Starting | null> {
  const { name, places } = former;
  return guarded(places, { operation: 'autostart', ...context }, async (transaction, judgeBy) => {
    // Checked again under the lock: the recovery of an interrupted run may have changed it.
    const container = await findContainer(context.layout, name);
    if (container === null || !container.isOwn) return null;
    const pending = await startableOf(container, isNeeded(former));
    if (pending === null || (await findMachine(name, context)) !== null) return null;
    await requireOrder(name, pending.closure.settings, context);
    await requireOwnImage(context.layout, places);
    const scene = { context, places };
    const files = await hostFilesOf(pending.closure, context.signal);
    const changes = await planHostFiles(context.layout, places, files);
    return Steps.from<Starting>()
      .act(...restoringActs(pending.closure, files, changes))
      .act(startAct(changes, tally))
      .act(...pluginActs(context, 'after-autostart', facts))
      .run({ ...scene, ...pending, transaction, judgeBy }, stepsContext('autostart', scene));
  });
}

const startAct = (changes: readonly FileChange[], tally: Tally): Act<Starting> => ({
  id: 'start',
  title: 'Start',
  run: async ({ places, transaction }, task) => {
    // The restored files are correct even if the start fails, so they are kept.
    await transaction.commit();
    tally.restored = changes.map(({ path }) => path);
    await startPatiently(places, task, (attempt) => {
      tally.tries = attempt;
    });
    tally.started = true;
    await keepRunning(places, { signal: task.signal });
  },
});

const facts = ({ places, profile, closure }: Starting): LifecycleFacts => ({
  operation: 'autostart',
  container: places.name,
  source: null,
  presets: [],
  settings: closure.settings,
  closure: closure.path,
  oldGeneration: profile.currentNumber,
  newGeneration: profile.currentNumber,
});
