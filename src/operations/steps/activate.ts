import { type Action, type Activation, planActivation } from '../../container/activation.js';
import type { Strategy } from '../../container/strategy.js';
import { activationFailed, activationPrevented, cannotReload } from '../../error-catalog.js';
import type { NspawnError } from '../../errors.js';
import { type Closure, readClosure } from '../../host/closure.js';
import { readHostUnits } from '../../host/host-units.js';
import { keepRunning } from '../../host/keep-running.js';
import type { Places } from '../../host/layout.js';
import { runningGenerations } from '../../host/running-generations.js';
import { switchObstacles } from '../../host/switching.js';
import type { FailureJudge } from '../../pipeline/guarded.js';
import type { Step, Task } from '../../pipeline/steps.js';
import { keepRunningUndo, type Undo } from '../../pipeline/undo.js';
import { restartMachine, startMachine } from '../../systemd/machine.js';
import { builtClosure, type Change } from '../change.js';
import { failingBefore, judgeUnits } from './failed-units.js';
import { pluginStep } from './plugins.js';
import { reloadAndExplain } from './reload.js';
import { explained } from './start.js';

export interface ActivationWishes {
  /** Overrides the new configuration's own strategy. */
  strategy?: Strategy | undefined;
  /** Start a container that does not run. */
  start?: boolean | undefined;
  /** Units that newly fail are a warning; default a failure. */
  ignoreFailedUnits?: boolean | undefined;
}

/**
 * What to do to the container so that it is at `after`: compared with what it was started with, which after an
 * update without activation is not what its profile says.
 */
async function decideActivation(
  change: Change,
  after: Closure,
  wishes: ActivationWishes,
): Promise<Activation> {
  const { places, before, context } = change;
  const running = await runningGenerations(places, before, context.signal);
  const started =
    (await closureAt(running?.booted?.closure ?? null, places)) ??
    // A container that does not say what it booted has been brought to what it runs by a reload, if at all.
    (await closureAt(running?.current?.closure ?? null, places)) ??
    (await closureAt(before.current?.path ?? null, places));
  const strategy = wishes.strategy ?? after.settings.activation.strategy;
  const obstacles =
    running === null ? [] : await reloadObstacles(started, running.current?.system ?? null, after);
  if (strategy === 'reload' && obstacles.length > 0) throw cannotReload(places.name, obstacles);
  return planActivation({
    strategy,
    running: running !== null,
    start: wishes.start ?? false,
    before: await readHostUnits(started ?? after),
    after: await readHostUnits(after),
    obstacles,
  });
}

/** Why a container that was started with one closure, and runs this system now, cannot be reloaded to `after`. */
async function reloadObstacles(
  started: Closure | null,
  current: string | null,
  after: Closure,
): Promise<string[]> {
  const seesStore = started === null || started.settings.sharedNix || started.path === after.path;
  return [
    ...(seesStore ? [] : ["its own store ('sharedNix = false') gets the new configuration at a start"]),
    ...(await switchObstacles(storePath(current), after.path)),
  ];
}

/** The path where it is one directly in the store. */
const storePath = (path: string | null) =>
  path !== null && /^\/nix\/store\/[0-9a-z]{32}-[^/]+$/.test(path) ? path : null;

/** The closure where a path is one of this container's; what a container says of itself may be anything. */
async function closureAt(path: string | null, { name }: Places): Promise<Closure | null> {
  const closure = storePath(path);
  if (closure === null) return null;
  try {
    return await readClosure(closure, name);
  } catch (error) {
    if (error instanceof Error && 'exitCode' in error) return null;
    throw error;
  }
}

/** Decides what the new generation takes, before anything of it is put in place. */
export function decideStep(change: Change, wishes: ActivationWishes): Step {
  return {
    title: 'Plan the activation',
    run: async (task) => {
      change.activation = await decideActivation(change, builtClosure(change), wishes);
      task.progress(activationText(change.activation));
    },
  };
}

/** Carries the decision out, waiting until the container says that it is ready; plugins are asked before and after. */
export function activationSteps(change: Change, wishes: ActivationWishes): Step[] {
  const { places, transaction } = change;
  const { name, service } = places;
  const wayBack = (action: Exclude<Action, 'none'>, failed: readonly string[] | null): Undo =>
    action === 'start'
      ? { do: 'stop-machine', name, service }
      : action === 'restart'
        ? { do: 'restart-machine', name, service }
        : { do: 'reload-machine', name, service, ...(failed === null ? {} : { failed }) };
  const decided = () => {
    if (change.activation === null) throw new Error('a step needs the activation before it was decided');
    return change.activation;
  };
  const unlessNeeded = () => (decided().action === 'none' ? decided().reasons.join(', ') : null);
  return [
    ...pluginStep(change, 'before-activate'),
    {
      title: 'Activate',
      skip: unlessNeeded,
      run: async (task) => {
        const { action } = decided();
        if (action === 'none') return;
        task.progress(activationText(decided()));
        const failed = action === 'start' ? null : await failingBefore(name, task.signal);
        await transaction.willUndo(wayBack(action, failed));
        change.activating = true;
        await ACTS[action](change, task);
        await keepActivated(change, action, task);
        await judgeUnits(change, failed, { ignore: wishes.ignoreFailedUnits ?? false, signal: task.signal });
      },
    },
    ...pluginStep(change, 'after-activate').map((step) => ({
      ...step,
      skip: () => unlessNeeded() ?? step.skip?.() ?? null,
    })),
  ];
}

async function keepActivated(
  change: Change,
  action: Exclude<Action, 'none'>,
  { signal }: Task,
): Promise<void> {
  const { places, transaction } = change;
  await transaction.willUndo(keepRunningUndo(places, change.run));
  const reloaded = action === 'reload' ? builtClosure(change).path : null;
  await keepRunning(places, { signal, reloaded });
}

const ACTS: Record<Exclude<Action, 'none'>, (change: Change, task: Task) => Promise<void>> = {
  start: ({ places }, task) =>
    explained(places, () => startMachine(places.name, places.service, task), task.signal),
  restart: ({ places }, task) =>
    explained(places, () => restartMachine(places.name, places.service, task), task.signal),
  reload: ({ places }, task) => reloadAndExplain(places, task),
};

/** Whether the action boots the container, which then gets its addresses anew. */
export const isStart = (action: Action) => action === 'start' || action === 'restart';

const activationText = ({ action, reasons }: Activation) => `${action}: ${reasons.join(', ')}`;

/**
 * What a failure of a change of generation means: before the activation it is itself, from then on exit code 8 or 9.
 * Where the host prevented the start, the configuration is not to blame: a container that did not run before keeps its
 * new generation, one that ran goes back to what can perhaps be started.
 */
export function whatFailureMeans(
  change: Change,
  rollBack: boolean,
): (cause: NspawnError) => ReturnType<FailureJudge> {
  const { name, buildRoot } = change.places;
  const finish: Undo[] = [
    { do: 'release-build-root', path: buildRoot, autoRootsDir: change.context.layout.autoRootsDir },
  ];
  return (cause) => {
    if (!change.activating || cause.code === 'interrupted') return { undo: true, error: cause };
    if (cause.code === 'host-prevented-start') {
      const kept = !rollBack || change.activation?.action === 'start';
      return { undo: !kept, error: activationPrevented(cause, kept), finish };
    }
    if (!rollBack) return { undo: false, error: activationFailed(name, cause, null), finish };
    return { undo: true, error: activationFailed(name, cause, change.before.currentNumber) };
  };
}
