import { type Action, type Activation, planActivation } from '../../container/activation.js';
import type { Strategy } from '../../container/strategy.js';
import { activationFailed, activationPrevented, cannotReload } from '../../errors/activation.js';
import { type Closure, readableClosure } from '../../host/closure.js';
import { readHostUnits } from '../../host/host-units.js';
import type { Places } from '../../host/layout.js';
import { switchObstacles } from '../../host/switching.js';
import type { FailureJudge } from '../../pipeline/guarded.js';
import { type Act, actUnless, type Step, type Task } from '../../pipeline/steps.js';
import { keepRunningUndo, type Undo } from '../../pipeline/undo.js';
import { runningGenerations } from '../../running/generations.js';
import { keepRunning } from '../../running/keep.js';
import { restartMachine, startMachine } from '../../systemd/machine.js';
import type { Context } from '../context.js';
import { hostFilesOf } from '../host-files.js';
import { releaseBuildRoot } from '../operation.js';
import { runningDependents } from '../order.js';
import { type Built, type Decided, lifecycleFacts, type Switched, type Under } from '../stages.js';
import { failingBefore, judgeUnits } from './failed-units.js';
import { pluginActs } from './plugins.js';
import { reloadAndExplain } from './reload.js';
import { startAgain, startRequirements } from './requirements.js';
import { explained } from './start.js';

export interface ActivationWishes {
  /** Overrides the strategy of the new configuration. */
  strategy?: Strategy | undefined;
  /** Start the container if it is not running. */
  start?: boolean | undefined;
  /** The credentials whose changed content requires a restart. */
  staleCredentials?: readonly string[] | undefined;
}

/**
 * Decides how to bring the container to `after`. Compares `after` with what the container was started with, which is
 * not what its profile says after an update without activation.
 */
async function decideActivation(
  { places, before, context, closure: after }: Under<Built>,
  wishes: ActivationWishes,
): Promise<Activation> {
  const running = await runningGenerations(places, before, context.signal);
  const started =
    (await closureAt(running?.booted?.closure ?? null, places)) ??
    // If the container does not report what it booted, use what it runs. The two differ only after a reload.
    (await closureAt(running?.current?.closure ?? null, places)) ??
    (await closureAt(before.current?.path ?? null, places));
  const strategy = wishes.strategy ?? after.settings.activation.strategy;
  const obstacles =
    running === null ? [] : await reloadObstacles(started, running.current?.system ?? null, after);
  const { staleCredentials = [] } = wishes;
  if (strategy === 'reload' && obstacles.length > 0 && staleCredentials.length === 0)
    throw cannotReload(places.name, obstacles);
  const unitsOf = async (closure: Closure) =>
    readHostUnits(closure, await hostFilesOf(closure, context.signal));
  const activation = planActivation({
    strategy,
    running: running !== null,
    start: wishes.start ?? false,
    before: await unitsOf(started ?? after),
    after: await unitsOf(after),
    obstacles,
    staleCredentials,
  });
  const dependents = activation.action === 'restart' ? await runningDependents(places.name, context) : [];
  return { ...activation, dependents };
}

/**
 * Why a container cannot be reloaded to `after`.
 *
 * @param started the closure that it was started with
 * @param current the system that it is running now
 */
async function reloadObstacles(
  started: Closure | null,
  current: string | null,
  after: Closure,
): Promise<string[]> {
  const seesStore = started === null || started.settings.sharedNix || started.path === after.path;
  const hasAddress = started === null || started.settings.macAddress === after.settings.macAddress;
  return [
    ...(hasAddress ? [] : ['the container sets its MAC address when it boots']),
    ...(seesStore
      ? []
      : ["with 'sharedNix = false', its store contains the new configuration only after a restart"]),
    ...(await switchObstacles(storePath(current), after.path)),
  ];
}

/** The path if it is directly in the store; else null. */
const storePath = (path: string | null) =>
  path !== null && /^\/nix\/store\/[0-9a-z]{32}-[^/]+$/.test(path) ? path : null;

/** The closure if the path is one of this container's. The path may be anything, because the container reports it. */
async function closureAt(path: string | null, { name }: Places): Promise<Closure | null> {
  const closure = storePath(path);
  return closure === null ? null : readableClosure(closure, name);
}

/** Decides how to activate the new generation, before any of it is put in place. */
export const decideStep = <Given extends Under<Built>>(
  wishes: ActivationWishes,
): Step<Given, Given & Decided> => ({
  id: 'plan-activation',
  title: 'Plan the activation',
  run: async (given, task) => {
    const activation = await decideActivation(given, wishes);
    task.progress(activationText(activation));
    return { ...given, activation };
  },
});

type Activating = Under<Decided & Switched>;

/**
 * Carries out the decision and waits until the container reports that it is ready. Plugins are called before and after.
 *
 * @param rollBack whether to undo a failed activation
 */
export function activationActs(
  context: Context,
  operation: 'update' | 'rollback',
  {
    rollBack = true,
    ignoreFailedUnits = false,
  }: { rollBack?: boolean | undefined; ignoreFailedUnits?: boolean | undefined },
): Act<Activating>[] {
  const facts = (given: Activating) => lifecycleFacts(given, operation);
  return [
    ...pluginActs(context, 'before-activate', facts),
    actUnless(nothingToDo, {
      id: 'activate',
      title: 'Activate',
      run: async (given: Activating, task) => {
        const { activation, places, transaction, closure } = given;
        if (activation === null || activation.action === 'none') return;
        const { action } = activation;
        task.progress(activationText(activation));
        const failed = action === 'start' ? null : await failingBefore(places.name, task.signal);
        if (action !== 'reload') await startRequirements(places, closure.settings, context, task);
        await transaction.willUndo(
          ...startAgain(activation.dependents, given),
          wayBack(action, places, failed),
        );
        given.judgeBy(judgeOf(given, action, rollBack));
        await ACTS[action](places, task);
        await keepActivated(given, action, task);
        await judgeUnits(given, failed, { ignore: ignoreFailedUnits, signal: task.signal });
      },
    }),
    ...pluginActs(context, 'after-activate', facts).map((act) => actUnless(nothingToDo, act)),
  ];
}

/** Why the container is left as it is; null if it is changed. */
const nothingToDo = ({ activation }: Decided): string | null =>
  activation?.action === 'none' ? activation.reasons.join(', ') : null;

type Acting = Exclude<Action, 'none'>;

function wayBack(action: Acting, { name, service }: Places, failed: readonly string[] | null): Undo {
  switch (action) {
    case 'start':
      return { do: 'stop-machine', name, service };
    case 'restart':
      return { do: 'restart-machine', name, service };
    case 'reload':
      return { do: 'reload-machine', name, service, ...(failed === null ? {} : { failed }) };
  }
}

async function keepActivated(
  { places, transaction, run, closure }: Activating,
  action: Acting,
  { signal }: Task,
): Promise<void> {
  await transaction.willUndo(keepRunningUndo(places, run));
  await keepRunning(places, { signal, reloaded: action === 'reload' ? closure.path : null });
}

const ACTS: Record<Acting, (places: Places, task: Task) => Promise<void>> = {
  start: (places, task) =>
    explained(places, () => startMachine(places.name, places.service, task), task.signal),
  restart: (places, task) =>
    explained(places, () => restartMachine(places.name, places.service, task), task.signal),
  reload: reloadAndExplain,
};

/** Whether the action boots the container, which then gets new addresses. */
export const isStart = (activation: Activation | null) =>
  activation?.action === 'start' || activation?.action === 'restart';

const activationText = ({ action, reasons, dependents }: Activation) =>
  `${action}: ${reasons.join(', ')}${dependents.length === 0 ? '' : `; also restarts ${dependents.join(', ')}`}`;

/**
 * Decides what a failure means once the activation has begun: exit code 8 or 9.
 *
 * If the host prevented the start, the configuration is not at fault. A container that was not running then keeps its
 * new generation. A running one returns to the generation that did start.
 */
function judgeOf(given: Activating, action: Acting, rollBack: boolean): FailureJudge {
  const { name } = given.places;
  const finish = [releaseBuildRoot(given)];
  return (cause) => {
    if (cause.code === 'interrupted') return { undo: true, error: cause };
    if (cause.code === 'host-prevented-start') {
      const kept = !rollBack || action === 'start';
      return { undo: !kept, error: activationPrevented(name, cause, kept), finish };
    }
    if (!rollBack) return { undo: false, error: activationFailed(name, cause, null), finish };
    return { undo: true, error: activationFailed(name, cause, given.before.currentNumber) };
  };
}
