import { usage } from '../error-catalog.js';
import type { Lifecycle } from './lifecycle.js';

/** The lifecycle of a program that loads no plugins. */
export const noPlugins: Lifecycle = {
  listens: () => false,
  dispatch: async () => ({ modules: [], warnings: [] }),
  resolvePresets: async ([first]) => {
    if (first) throw usage(`Preset '${first.name}' is unknown: no plugins are loaded.`);
    return { modules: [], hostFiles: [] };
  },
};
