import type { Settings } from '../container/settings.js';
import type { Source } from '../container/source.js';
import type { PresetChoice } from '../host/record.js';
import type { PresetModule } from '../nix/preset-modules.js';
import type { Task } from '../pipeline/steps.js';

/** The events at which plugins are called, in the order in which they occur. */
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

/** Events whose failure undoes the change. At the others it is a warning, because the change is complete by then. */
const MAY_REFUSE: ReadonlySet<LifecycleEvent> = new Set([
  'before-evaluate',
  'after-build',
  'before-activate',
  'after-activate',
]);

export const mayRefuse = (event: LifecycleEvent) => MAY_REFUSE.has(event);

/** What is known about the change when plugins are called; null for what is not known yet. */
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

/** A problem that did not undo the change. In JSON it is listed under `warnings`. */
export interface Warning {
  /** Identifies the kind of warning, for programs. */
  code: string;
  /** What went wrong, in sentences. */
  message: string;
}

export interface Answer {
  /** NixOS modules for the evaluation. Only `before-evaluate` may return any. */
  modules: PresetModule[];
  warnings: Warning[];
}

/** A plugin that listens to an event. */
export interface LifecycleListener {
  plugin: string;
  /** Why it need not be called, in a few words; null if it must be. */
  idle(facts: LifecycleFacts): string | null;
  /** @throws NspawnError naming plugin, event and cause. */
  ask(facts: LifecycleFacts, task: Task): Promise<Answer>;
}

/** A file that a preset needs on the host, in addition to the container's own. Several containers may share it. */
export interface PresetHostFile {
  path: string;
  content: string;
}

export interface ResolvedPresets {
  modules: PresetModule[];
  hostFiles: PresetHostFile[];
  /** The choices, with the values that presets filled in, to be stored. */
  choices: PresetChoice[];
  warnings: Warning[];
}

/** Another container on the host, with which presets must not collide. */
export interface Neighbour {
  container: string;
  settings: Settings | null;
  presets: readonly PresetChoice[];
}

/** The interface through which operations call extensions. The CLI provides one that calls its plugins. */
export interface Lifecycle {
  /** The listeners in the order in which they are called, so that each gets a step in the pipeline. */
  listeners(event: LifecycleEvent): readonly LifecycleListener[];
  /** Checks the presets' parameters and the host, and returns what the presets add. */
  resolvePresets(
    choices: readonly PresetChoice[],
    facts: LifecycleFacts,
    neighbours: readonly Neighbour[],
    task: Task,
  ): Promise<ResolvedPresets>;
  /** Plugins that exist but are not used, and why. */
  readonly problems: readonly Warning[];
}
