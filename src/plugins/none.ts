import { unknownPreset } from '../errors/presets.js';
import type { Lifecycle } from './lifecycle.js';

/** The lifecycle of a program that loads no plugins. */
export const noPlugins: Lifecycle = {
  listeners: () => [],
  resolvePresets: async ([first]) => {
    if (first) throw unknownPreset(first.name, null, []);
    return { modules: [], hostFiles: [], choices: [], warnings: [] };
  },
  problems: [],
};
