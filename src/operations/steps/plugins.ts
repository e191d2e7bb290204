import type { Step } from '../../pipeline/steps.js';
import type { LifecycleEvent } from '../../plugins/lifecycle.js';
import { type Change, lifecycleFacts } from '../change.js';

/** Asks the plugins that listen to an event; no step at all where none does. */
export function pluginStep(change: Change, event: LifecycleEvent): Step[] {
  const { lifecycle, listener } = change.context;
  if (!lifecycle.listens(event)) return [];
  return [
    {
      title: `Plugins: ${event}`,
      run: async (task) => {
        const { warnings } = await lifecycle.dispatch(event, lifecycleFacts(change), task);
        for (const warning of warnings)
          listener({ container: change.places.name, type: 'warning', ...warning });
      },
    },
  ];
}
