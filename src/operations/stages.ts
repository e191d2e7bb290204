import type { Activation } from '../container/activation.js';
import type { Profile } from '../container/profile.js';
import type { Source } from '../container/source.js';
import type { Closure } from '../host/closure.js';
import type { ContainerRecord, PresetChoice } from '../host/record.js';
import type { PresetModule } from '../nix/preset-modules.js';
import type { LifecycleFacts, PresetHostFile } from '../plugins/lifecycle.js';
import type { Run } from '../running/keep.js';
import type { Guarded, Scene } from './operation.js';

/*
 * The stages of a change from one generation to the next. Each stage has only what is known by then, so that a step
 * which needs a build cannot be placed before the build.
 */

/** What is requested, and what was there before. */
export interface Asked {
  /** The profile before the change. */
  readonly before: Profile;
  /** The container's record before the change. */
  readonly record: ContainerRecord | null;
  /** Where the new generation comes from. */
  readonly source: Source | null;
  /** As requested. After the check of the presets, with the defaults that the presets filled in. */
  readonly presets: readonly PresetChoice[];
  /** Nix system of the new generation. */
  readonly system: string;
}

/** A request with a source, and with what presets and plugins have added so far. */
export interface AskedToBuild extends Asked {
  readonly source: Source;
  /** NixOS modules of presets and plugins. */
  readonly modules: readonly PresetModule[];
  /** Files that presets want on the host; null if the operation leaves them as they are. */
  readonly presetFiles: readonly PresetHostFile[] | null;
}

/** The new generation's closure is in the store. */
export interface Built extends Asked {
  readonly closure: Closure;
  /** The locked flake and attribute that were built; null for other sources. */
  readonly resolved: string | null;
  readonly presetFiles: readonly PresetHostFile[] | null;
}

/** Adds the decision how to activate the new generation. */
export interface Decided extends Built {
  /** Null if the container already has this configuration. */
  readonly activation: Activation | null;
}

/** The profile points at the new generation. */
export interface Switched extends Built {
  /** Its number; null if the profile was not changed. */
  readonly generation: number | null;
  /** What ran before the change, as recorded; null if nothing ran. */
  readonly run: Run | null;
}

/** A stage under the container's lock, with a way to undo what is done. */
export type Under<Stage> = Stage & Scene & Guarded;

/** What plugins receive about a change, at any of its stages. */
export function lifecycleFacts(
  stage: Asked & Scene & Partial<Pick<Built, 'closure'>> & Partial<Pick<Switched, 'generation'>>,
  operation: LifecycleFacts['operation'],
): LifecycleFacts {
  return {
    operation,
    container: stage.places.name,
    source: stage.source,
    presets: stage.presets,
    settings: stage.closure?.settings ?? null,
    closure: stage.closure?.path ?? null,
    oldGeneration: stage.before.currentNumber,
    newGeneration: stage.generation ?? null,
  };
}
