import * as z from 'zod';
import { type ContainerName, containerName } from '../container/name.js';
import type { Profile } from '../container/profile.js';
import { requireHost } from '../doctor/preflight.js';
import { noGeneration } from '../errors/containers.js';
import { type Closure, readClosure } from '../host/closure.js';
import { isRemovableTree } from '../host/trees.js';
import { warnOfRemnant } from '../pipeline/settle.js';
import { type Act, actUnless, type Step, Steps } from '../pipeline/steps.js';
import type { Undo } from '../pipeline/undo.js';
import { isUp } from '../systemd/machine.js';
import { describeAfterwards } from './afterwards.js';
import { containerViewSchema, warningsSchema } from './container-view.js';
import type { OperationOptions } from './context.js';
import { withKnownErrors } from './known-errors.js';
import { requireNoMigration } from './migration-left.js';
import { waitUntilOnline } from './online.js';
import { lookAhead, type Operation, perform } from './operation.js';
import { requireUnneeded } from './order.js';
import { requireChangeable } from './own-container.js';
import type { Under } from './stages.js';
import { moveAside } from './steps/aside.js';
import { bindSourcesAct } from './steps/bind-sources.js';
import { forgetJournalLinks, journalsOf, removeLinks } from './steps/links.js';
import { startAct } from './steps/start.js';
import { freshStateAct, stateAct } from './steps/state.js';
import { stopAct } from './steps/stop.js';

export interface ResetRequest {
  /** The name of the container. */
  name: string;
}

export const resetResultSchema = containerViewSchema.extend({
  /** Whether it was running, so that it was stopped and started again. */
  restarted: z.boolean(),
  /** Whether the former state directory is deleted. False if there was none, or if a part of it could not be deleted. */
  state_deleted: z.boolean(),
  /** Problems that did not undo anything; empty if there were none. */
  warnings: warningsSchema,
});

export type ResetResult = z.infer<typeof resetResultSchema>;

interface ResetAsked {
  readonly before: Profile;
  /** The current generation, which stays. */
  readonly closure: Closure;
  /** Whether it runs, so that it is started again. */
  readonly runs: boolean;
  /** Whether it has a state directory. */
  readonly hasState: boolean;
  /** The hidden name of the former state directory, which is deleted after the commit; null before that. */
  readonly aside: string | null;
}

interface Types {
  request: ResetRequest;
  wish: { name: ContainerName };
  asked: ResetAsked;
  planned: Under<ResetAsked>;
  applied: Under<ResetAsked>;
  result: ResetResult;
}

const reset: Operation<Types> = {
  verb: 'reset',
  read: ({ name }) => ({ name: containerName(name) }),
  requireHost,
  ask: async ({ name }, { context, places }) => {
    const { before } = await requireChangeable(context.layout, places);
    await requireNoMigration(name, context.layout, 'reset');
    if (before.current === null) throw noGeneration(name, 'current', before.numbers);
    const runs = await isUp(name, places.service, context.signal);
    if (runs) await requireUnneeded(name, context);
    return {
      before,
      closure: await readClosure(before.current.path, name),
      runs,
      hasState: await isRemovableTree(places.stateDir),
      aside: null,
    };
  },
  // A container that runs must be able to start again.
  plan: () => Steps.from<Under<ResetAsked>>().act(actUnless(isAtRest, bindSourcesAct)),
  apply: () =>
    Steps.from<Under<ResetAsked>>()
      .act(stopAct)
      .learn(stateStep)
      .act(prepareStateAct, actUnless(isAtRest, startAct)),
  finish: ({ aside }) => (aside === null ? [] : [{ do: 'remove-tree', path: aside } satisfies Undo]),
  follow: async (applied, remnants) => {
    const { context, places, runs } = applied;
    for (const remnant of remnants) warnOfRemnant(places.name, remnant, context.listener);
    if (runs) await waitUntilOnline(applied, 'reset');
  },
  result: async ({ context, places, runs, aside }, _, remnants) => ({
    ...(await describeAfterwards(context, places.name)),
    restarted: runs,
    state_deleted: aside !== null && remnants.length === 0,
    warnings: context.warnings,
  }),
};

const isAtRest = ({ runs }: ResetAsked) => (runs ? null : 'it was not running');

const prepareStateAct: Act<Under<ResetAsked>> = {
  ...stateAct,
  run: (given, task) => (given.aside === null ? stateAct : freshStateAct).run(given, task),
};

/** The links to the journal go with it, because they would lead nowhere. The fresh state has a machine ID of its own. */
const stateStep: Step<Under<ResetAsked>, Under<ResetAsked>> = {
  id: 'delete-state',
  title: 'Delete the state directory',
  run: async (given) => {
    const { context, places, transaction } = given;
    await removeLinks(await journalsOf(context.layout, places.name, true), transaction);
    await transaction.willUndo(forgetJournalLinks(context.layout, places));
    return { ...given, aside: await moveAside(places.stateDir, transaction, { replaces: true }) };
  },
};

/**
 * Gives a container a fresh state directory. Its generations stay. A running container is stopped and started again; if
 * it does not start with the fresh state, it gets its former state back.
 *
 * @throws NspawnError among others `no-such-container`, `state-outside`, `not-started`
 */
export async function resetContainer(
  request: ResetRequest,
  options: OperationOptions = {},
): Promise<ResetResult> {
  return await withKnownErrors(() => perform(reset, request, options));
}

export const resetPlanSchema = z.object({
  /** The name of the container. */
  name: z.string(),
  /** Whether it runs, and would be stopped and started again. */
  would_restart: z.boolean(),
  /** Absolute paths that would be deleted. */
  would_delete: z.array(z.string()),
});

export type ResetPlan = z.infer<typeof resetPlanSchema>;

/** What a reset would do, without changing anything. */
export async function planReset(request: ResetRequest, options: OperationOptions = {}): Promise<ResetPlan> {
  return await withKnownErrors(async () => {
    const { context, places, runs, hasState } = await lookAhead(reset, request, options);
    const journals = await journalsOf(context.layout, places.name, true);
    return {
      name: places.name,
      would_restart: runs,
      would_delete: [...(hasState ? [places.stateDir] : []), ...journals],
    };
  });
}
