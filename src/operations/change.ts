import type { Activation } from '../container/activation.js';
import type { Profile } from '../container/profile.js';
import type { Closure } from '../host/closure.js';
import { readProfile } from '../host/generations.js';
import type { Run } from '../host/keep-running.js';
import type { Places } from '../host/layout.js';
import type { ContainerRecord, PresetChoice } from '../host/record.js';
import type { PresetModule } from '../nix/preset-modules.js';
import type { Source } from '../nix/source.js';
import type { Transaction } from '../pipeline/transaction.js';
import type { LifecycleFacts, PresetHostFile } from '../plugins/lifecycle.js';
import type { Context } from './context.js';

/** One container on its way from one generation to the next: what is asked, what was there, what is known so far. */
export interface Change {
  readonly operation: LifecycleFacts['operation'];
  readonly context: Context;
  readonly places: Places;
  readonly transaction: Transaction;
  /** The profile before anything changed. */
  readonly before: Profile;
  readonly source: Source | null;
  /** As asked; from the presets' check on, with what they filled in. */
  presets: readonly PresetChoice[];
  readonly system: string;
  /** What was remembered of the container before anything changed. */
  readonly record: ContainerRecord | null;
  /** The build's store path, once there is one. */
  path: string | null;
  /** The locked flake and attribute of the build. */
  resolved: string | null;
  /** NixOS modules that presets and plugins add. */
  readonly modules: PresetModule[];
  /** Host files that presets want; null where the operation leaves them as they are. */
  presetFiles: readonly PresetHostFile[] | null;
  closure: Closure | null;
  /** Number of the generation that the profile points at after the switch. */
  generation: number | null;
  /** What ran before anything changed, as recorded; null where nothing did. */
  run: Run | null;
  /** What the new generation takes to be applied, once that is decided. */
  activation: Activation | null;
  /** True from the moment on at which a failure is the new generation's. */
  activating: boolean;
}

export async function beginChange(
  request: Pick<
    Change,
    'operation' | 'context' | 'places' | 'transaction' | 'source' | 'presets' | 'system' | 'record'
  >,
): Promise<Change> {
  return {
    ...request,
    before: await readProfile(request.places.profile),
    path: null,
    resolved: null,
    modules: [],
    presetFiles: null,
    closure: null,
    generation: null,
    run: null,
    activation: null,
    activating: false,
  };
}

/** The closure, which the pipeline's order guarantees to be there. */
export function builtClosure(change: Pick<Change, 'closure'>): Closure {
  if (change.closure === null) throw new Error('a step needs the closure before it was built');
  return change.closure;
}

export function lifecycleFacts(change: Change): LifecycleFacts {
  return {
    operation: change.operation,
    container: change.places.name,
    source: change.source,
    presets: change.presets,
    settings: change.closure?.settings ?? null,
    closure: change.path,
    oldGeneration: change.before.currentNumber,
    newGeneration: change.generation,
  };
}
