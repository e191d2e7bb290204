import type { Settings } from '../container/settings.js';
import type { PresetChoice } from '../host/record.js';
import type { PresetModule } from '../nix/build.js';
import type { Source } from '../nix/source.js';
import type { Task } from '../pipeline/steps.js';

/** The moments of a container's life at which plugins are asked, in the order in which they come. */
export const lifecycleEvents = [
  'before-evaluate',
  'after-build',
  'before-activate',
  'after-activate',
  'after-create',
  'after-update',
  'after-rollback',
  'after-remove',
  'after-autostart',
] as const;

export type LifecycleEvent = (typeof lifecycleEvents)[number];

/** What is known of the change when plugins are asked; null where it is not known yet. */
export interface LifecycleFacts {
  operation: 'create' | 'update' | 'rollback' | 'remove' | 'autostart';
  container: string;
  source: Source | null;
  presets: readonly PresetChoice[];
  /** The new closure's settings. */
  settings: Settings | null;
  /** The new closure's store path. */
  closure: string | null;
  oldGeneration: number | null;
  newGeneration: number | null;
}

/** Something that went wrong without undoing the change; in JSON under `warnings`. */
export interface Warning {
  code: string;
  message: string;
}

export interface Answer {
  /** NixOS modules for the evaluation; only `before-evaluate` may bring some. */
  modules: PresetModule[];
  /** From events whose failure undoes nothing. */
  warnings: Warning[];
}

/** Files that a preset needs on the host, beside the container's own. */
export interface PresetHostFile {
  path: string;
  content: string;
}

export interface ResolvedPresets {
  modules: PresetModule[];
  hostFiles: PresetHostFile[];
}

/** How operations reach whatever extends them; the CLI gives one that asks oclif's plugins. */
export interface Lifecycle {
  /** Whether anybody listens, so that a pipeline shows no empty step. */
  listens(event: LifecycleEvent): boolean;
  /** Asks every listener in order; a failure of an event that may refuse is thrown. */
  dispatch(event: LifecycleEvent, facts: LifecycleFacts, task: Task): Promise<Answer>;
  /** Checks the presets' parameters and the host, and gives what they bring. */
  resolvePresets(
    choices: readonly PresetChoice[],
    facts: LifecycleFacts,
    task: Task,
  ): Promise<ResolvedPresets>;
}
