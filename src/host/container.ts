import type { ContainerName } from '../container/name.js';
import type { Settings } from '../container/settings.js';
import type { Places } from './layout.js';

/**
 * - `imperative`: created by this tool or the Python tool, with its own profile.
 * - `declarative`: declared in the host's NixOS configuration.
 * - `incomplete`: parts of an imperative container whose creation or removal did not finish.
 * - `foreign`: a .nspawn file that neither tool created.
 */
export type ContainerType = 'imperative' | 'declarative' | 'incomplete' | 'foreign';

/**
 * - `foreign`: neither tool created the .nspawn file.
 * - `no-unit-file`, `no-profile`: this part of the container is missing.
 * - `under-way`, `cut-short`: there is an undo journal, and its operation is still running or was killed.
 * - `unsettled`: there is an undo journal, but the caller cannot find out whether its operation is still running.
 * - `unreadable`: the settings cannot be read.
 */
export type ContainerProblem =
  | { code: 'foreign' | 'no-unit-file' | 'no-profile' | 'under-way' | 'cut-short' | 'unsettled' }
  | { code: 'unreadable'; why: string };

interface Facts {
  readonly type: ContainerType;
  readonly places: Places;
  readonly generation: number | null;
  readonly settings: Settings | null;
  readonly problem: ContainerProblem | null;
}

/** A container as its files on the host describe it at one moment. */
export class Container implements Facts {
  readonly type: ContainerType;
  readonly places: Places;
  /** The number of the profile's current generation; null if there is none. */
  readonly generation: number | null;
  /** Null if they cannot be read; `problem` then says why. */
  readonly settings: Settings | null;
  readonly problem: ContainerProblem | null;

  constructor({ type, places, generation, settings, problem }: Facts) {
    this.type = type;
    this.places = places;
    this.generation = generation;
    this.settings = settings;
    this.problem = problem;
  }

  get name(): ContainerName {
    return this.places.name;
  }

  /** Whether one of the two tools or the host's configuration created it. */
  get isManaged(): boolean {
    return this.type !== 'foreign';
  }

  get isDeclarative(): boolean {
    return this.type === 'declarative';
  }

  /** Whether it is meant to have its own profile, complete or not. Only such a container is changed by operations. */
  get isOwn(): boolean {
    return this.type === 'imperative' || this.type === 'incomplete';
  }

  /** Whether all its parts exist, so that systemd can start it. */
  get isComplete(): boolean {
    return this.type === 'imperative' || this.type === 'declarative';
  }

  /** The same container with settings that differ from those in its unit files. */
  withSettings(settings: Settings | null): Container {
    return new Container({ ...this, settings });
  }
}
