import { containerName } from '../../container/name.js';
import { neededContainers, requiredContainers } from '../../container/order.js';
import type { Settings } from '../../container/settings.js';
import { requirementNotRunning } from '../../errors/order.js';
import { containerPlaces, type Places } from '../../host/layout.js';
import { type Act, requireUninterrupted, type Task } from '../../pipeline/steps.js';
import type { Undo } from '../../pipeline/undo.js';
import { findMachine } from '../../systemd/registered-machines.js';
import type { Context } from '../context.js';
import type { Guarded, Scene } from '../operation.js';
import { powerInOrder } from '../power.js';
import { alongOrder, startOrder } from '../power-order.js';
import type { Built, Under } from '../stages.js';

/** A step that starts the container, after what it needs. */
export const afterRequirements = <Given extends Scene & Guarded & Pick<Built, 'closure'>>(
  act: Act<Given>,
): Act<Given> => ({
  ...act,
  run: async (given, task) => {
    await startRequirements(given.places, given.closure.settings, given.context, task);
    await act.run(given, task);
  },
});

/**
 * Starts the containers that this one wants or requires, as `start` does. systemd would start them too, but without the
 * checks and preparations of this tool. They keep running, even if the change is undone.
 *
 * @throws NspawnError `requirement-not-running`
 */
export async function startRequirements(
  { name }: Pick<Places, 'name'>,
  settings: Settings,
  context: Context,
  task: Task,
): Promise<void> {
  const needed = neededContainers(settings);
  const machines = await Promise.all(needed.map((other) => findMachine(other, task)));
  const stopped = needed.filter((_, index) => machines[index] === null);
  if (stopped.length === 0) return;
  task.progress(`starting ${stopped.join(', ')}`);
  const outcomes = await powerInOrder(await startOrder(stopped, context), {}, context);
  requireUninterrupted(context.signal);
  for (const { name: other, error } of outcomes) {
    if (error === null) continue;
    if (requiredContainers(settings).includes(other)) throw requirementNotRunning(name, other, error.message);
    const message = `${error.message} '${name}' wants it, and starts without it.`;
    context.listener({ container: name, type: 'warning', code: error.code, message });
  }
}

/** Starts the containers again that systemd stopped together with the one that they require. */
export const startAgain = (dependents: readonly string[], { context }: Scene): Undo[] =>
  dependents.map((other) => {
    const { name, service } = containerPlaces(context.layout, containerName(other));
    return { do: 'start-dependent', name, service };
  });

/**
 * Waits until the containers that systemd restarted together with the one that they require are ready again. Their
 * failures are warnings: the change that caused the restart is committed.
 */
export async function waitForDependents(
  dependents: readonly string[],
  { context, places }: Under<Built>,
): Promise<void> {
  if (dependents.length === 0) return;
  for (const { name, error } of await powerInOrder(await alongOrder(dependents, context), {}, context)) {
    if (error === null) continue;
    const message = `Container '${name}' restarted because it requires '${places.name}', and is not running now. ${error.message}`;
    context.listener({ container: places.name, type: 'warning', code: error.code, message });
  }
}
