import type { ContainerName } from '../container/name.js';
import { noSuchContainer } from '../errors/containers.js';
import { asNspawnError } from '../errors/nspawn-error.js';
import { findContainer } from '../host/inventory.js';
import { type Act, Steps } from '../pipeline/steps.js';
import { listMachines, registrationOf } from '../systemd/registered-machines.js';
import { byName, type ContainerView, containerView } from './container-view.js';
import type { Context } from './context.js';
import { describeContainer } from './describe.js';
import { type Scene, stepsContext } from './operation.js';

/* What follows a committed change. It can no longer make the change fail, so a failure is only a warning. */

/** Runs steps that follow a change. */
export async function actAfterwards<Given extends Scene>(
  acts: readonly Act<Given>[],
  given: Given,
  operation: string,
): Promise<void> {
  const { context, places } = given;
  try {
    await Steps.from<Given>()
      .act(...acts)
      .run(given, stepsContext(operation, given));
  } catch (error) {
    warn(context, places.name, error, 'a later step failed');
  }
}

/** The container as it is now. What cannot be queried is left out. */
export async function describeAfterwards(context: Context, name: ContainerName): Promise<ContainerView> {
  try {
    return await describeContainer(context.layout, name);
  } catch (error) {
    warn(context, name, error, 'the state of the container could not be read');
    const container = await findContainer(context.layout, name);
    if (container === null) throw noSuchContainer(name);
    const machine = { name, service: null, leader: null, addresses: [], isRegistered: true };
    return containerView(container, byName(isRecorded(name) ? [machine] : []));
  }
}

/** Which of the containers are running now. */
export async function runningAfterwards(names: readonly string[], context: Context): Promise<Set<string>> {
  try {
    return new Set((await listMachines()).map(({ name }) => name));
  } catch (error) {
    for (const name of names) warn(context, name, error, 'the state of the container could not be read');
    return new Set(names.filter(isRecorded));
  }
}

/** Whether the machine is running, according to machined's own file of it. Used if machined does not answer. */
const isRecorded = (name: string) => registrationOf(name) !== null;

function warn(context: Context, container: string, error: unknown, what: string): void {
  const { code, message } = asNspawnError(error);
  context.listener({
    container,
    type: 'warning',
    code,
    message: `The change of '${container}' was made, but ${what}. ${message}`,
  });
}
