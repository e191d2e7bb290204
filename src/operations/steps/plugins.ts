import { asNspawnError } from '../../errors.js';
import type { Step } from '../../pipeline/steps.js';
import {
  type Answer,
  type LifecycleEvent,
  type LifecycleListener,
  mayRefuse,
} from '../../plugins/lifecycle.js';
import { type Change, lifecycleFacts } from '../change.js';

/** Asks each plugin that listens to an event, one after the other; no step at all where none does. */
export function pluginStep(change: Change, event: LifecycleEvent): Step[] {
  return change.context.lifecycle.listeners(event).map((listener) => ({
    title: `Plugin ${listener.plugin}: ${event}`,
    skip: () => listener.idle(lifecycleFacts(change)),
    isUnobtrusive: true,
    run: async (task) => {
      const { modules, warnings } = await asked(change, event, () =>
        listener.ask(lifecycleFacts(change), task),
      );
      change.modules.push(...modules);
      for (const warning of warnings)
        change.context.listener({ container: change.places.name, type: 'warning', ...warning });
    },
  }));
}

/** Past the point where anything can be undone, a plugin's failure is a warning. */
async function asked(
  { context }: Change,
  event: LifecycleEvent,
  ask: () => ReturnType<LifecycleListener['ask']>,
): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if (mayRefuse(event) || context.signal.aborted) throw error;
    const { code, message } = asNspawnError(error);
    return { modules: [], warnings: [{ code, message }] };
  }
}
