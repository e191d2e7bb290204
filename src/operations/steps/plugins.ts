import { asNspawnError } from '../../errors/nspawn-error.js';
import type { Act, Step, Task } from '../../pipeline/steps.js';
import {
  type Answer,
  type LifecycleEvent,
  type LifecycleFacts,
  type LifecycleListener,
  mayRefuse,
} from '../../plugins/lifecycle.js';
import type { Context } from '../context.js';
import type { Scene } from '../operation.js';
import { type AskedToBuild, lifecycleFacts } from '../stages.js';

/** Makes each plugin that listens to `before-evaluate` add its NixOS modules, one plugin after the other. */
export function moduleSteps<Given extends AskedToBuild & Scene>(
  context: Context,
  operation: LifecycleFacts['operation'],
): Step<Given, Given>[] {
  return context.lifecycle.listeners('before-evaluate').map((listener) => ({
    id: idOf(listener, 'before-evaluate'),
    title: titleOf(listener, 'before-evaluate'),
    isUnobtrusive: true,
    skip: async (given) => {
      const reason = listener.idle(lifecycleFacts(given, operation));
      return reason === null ? null : { reason, known: given };
    },
    run: async (given, task) => {
      const { modules } = await ask(listener, 'before-evaluate', lifecycleFacts(given, operation), {
        ...given,
        task,
      });
      return { ...given, modules: [...given.modules, ...modules] };
    },
  }));
}

/** Calls each plugin that listens to an event, one after the other. There are no steps if no plugin listens. */
export function pluginActs<Given extends Scene>(
  context: Context,
  event: Exclude<LifecycleEvent, 'before-evaluate'>,
  facts: (given: Given) => LifecycleFacts,
): Act<Given>[] {
  return context.lifecycle.listeners(event).map((listener) => ({
    id: idOf(listener, event),
    title: titleOf(listener, event),
    isUnobtrusive: true,
    skip: (given) => listener.idle(facts(given)),
    run: async (given, task) => {
      await ask(listener, event, facts(given), { ...given, task });
    },
  }));
}

const idOf = ({ plugin }: LifecycleListener, event: LifecycleEvent) => `${event}:${plugin}`;

const titleOf = ({ plugin }: LifecycleListener, event: LifecycleEvent) => `Plugin ${plugin}: ${event}`;

async function ask(
  listener: LifecycleListener,
  event: LifecycleEvent,
  facts: LifecycleFacts,
  { context, places, task }: Scene & { task: Task },
): Promise<Answer> {
  const answer = await answerOf(listener, event, facts, { context, task });
  for (const warning of answer.warnings)
    context.listener({ container: places.name, type: 'warning', ...warning });
  return answer;
}

/** After the commit nothing can be undone, so the failure of a plugin is a warning. */
async function answerOf(
  listener: LifecycleListener,
  event: LifecycleEvent,
  facts: LifecycleFacts,
  { context, task }: { context: Context; task: Task },
): Promise<Answer> {
  try {
    return await listener.ask(facts, task);
  } catch (error) {
    if (mayRefuse(event) || context.signal.aborted) throw error;
    const { code, message } = asNspawnError(error);
    return { modules: [], warnings: [{ code, message }] };
  }
}
