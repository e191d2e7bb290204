import type { Settings } from '../container/settings.js';
import type { Source } from '../container/source.js';
import type { PresetChoice } from '../host/record.js';
import type { PresetModule } from '../nix/preset-modules.js';
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

/** Events whose failure undoes the change; of the others it is a warning, for the change is whole by then. */
const MAY_REFUSE: ReadonlySet<LifecycleEvent> = new Set([
  'before-evaluate',
  'after-build',
  'before-activate',
  'after-activate',
]);

export const mayRefuse = (event: LifecycleEvent) => MAY_REFUSE.has(event);

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
  /** What the warning is identified by, for programs. */
  code: string;
  /** What went wrong, in sentences. */
  message: string;
}

export interface Answer {
  /** NixOS modules for the evaluation; only `before-evaluate` may bring some. */
  modules: PresetModule[];
  warnings: Warning[];
}

/** A plugin that listens to an event. */
export interface LifecycleListener {
  plugin: string;
  /** Why it need not be asked, in a few words; null where it must. */
  idle(facts: LifecycleFacts): string | null;
  /** @throws NspawnError naming plugin, event and cause. */
  ask(facts: LifecycleFacts, task: Task): Promise<Answer>;
}

/** A file that a preset needs on the host, beside the container's own; several containers may share it. */
export interface PresetHostFile {
  path: string;
  content: string;
}

export interface ResolvedPresets {
  modules: PresetModule[];
  hostFiles: PresetHostFile[];
  /** The choices with what presets filled in, to be remembered. */
  choices: PresetChoice[];
  warnings: Warning[];
}

/** What else is on the host, for presets that must not collide with it. */
export interface Neighbour {
  container: string;
  settings: Settings | null;
  presets: readonly PresetChoice[];
}

/** How operations reach whatever extends them; the CLI gives one that asks its plugins. */
export interface Lifecycle {
  /** Who listens, in the order of asking, so that each has a step in the pipeline. */
  listeners(event: LifecycleEvent): readonly LifecycleListener[];
  /** Checks the presets' parameters and the host, and gives what they bring. */
  resolvePresets(
    choices: readonly PresetChoice[],
    facts: LifecycleFacts,
    neighbours: readonly Neighbour[],
    task: Task,
  ): Promise<ResolvedPresets>;
  /** Plugins that are there but not used, and why. */
  readonly problems: readonly Warning[];
}
