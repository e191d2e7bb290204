import { fileState, isPresent } from '../../base/files.js';
import type { Generation } from '../../container/generation.js';
import { filesFor } from '../../container/host-file-names.js';
import type { ContainerName } from '../../container/name.js';
import { Profile } from '../../container/profile.js';
import type { Settings } from '../../container/settings.js';
import { NspawnError } from '../../errors/nspawn-error.js';
import { isErrno } from '../../errors/system-calls.js';
import { readClosure } from '../../host/closure.js';
import type { Container } from '../../host/container.js';
import { readProfile } from '../../host/generations.js';
import { planHostFiles } from '../../host/host-file-changes.js';
import type { Places } from '../../host/layout.js';
import { isSeenLocked } from '../../host/lock.js';
import type { Machine } from '../../systemd/registered-machines.js';
import type { UnitState } from '../../systemd/unit-states.js';
import { type Fact, fact, type Look } from '../look.js';
import { inventory } from './inventory.js';
import { machines } from './machines.js';
import { units, version } from './systemd.js';

interface DisplacedFile {
  path: string;
  isAbsent: boolean;
  /** Whether it is the closure's file for another version of systemd. */
  isForOtherSystemd: boolean;
}

/** What several checks need to know about a container. */
export interface Examined {
  /** With the settings of its current generation; null if that generation cannot be used. */
  container: Container;
  profile: Profile;
  /** The current generation's closure; null if there is no current generation. */
  closure: string | null;
  /** If there is no current generation, the newest one that is whole and built for this container. */
  fallback: number | null;
  /** Paths on the host that differ from what the current generation needs. */
  displacedFiles: readonly DisplacedFile[];
  /** Why the current generation cannot be used; null if it can. */
  closureProblem: string | null;
  /** Whether an operation on it was cut short. */
  isUnfinished: boolean;
  unit: UnitState;
  /** Null if it does not run. */
  machine: Machine | null;
}

const UNKNOWN_UNIT: UnitState = { load: 'not-found', active: 'inactive', invocation: '' };

/** Every container, except those that belong to others and those that an operation is changing now. */
export const containers = fact(async (look): Promise<readonly Examined[]> => {
  const found = (await look.at(inventory)).filter(({ isManaged }) => isManaged);
  const all = await Promise.all(found.map((container) => seen(container, look)));
  return all.filter((container) => container !== null);
});

/** A fact about each container, for a check that needs more than `Container` has. */
export const eachContainer = <T>(
  see: (container: Examined, look: Look) => T | Promise<T>,
): Fact<readonly (Examined & { seen: T })[]> =>
  fact(async (look) => {
    const all = await look.at(containers);
    return Promise.all(all.map(async (container) => ({ ...container, seen: await see(container, look) })));
  });

async function seen(container: Container, look: Look): Promise<Examined | null> {
  const { name, places, problem } = container;
  if (await isSeenLocked(places.lock)) return null;
  const [states, running] = await Promise.all([look.at(units), look.at(machines)]);
  const common = {
    isUnfinished: await isPresent(places.journal),
    unit: states.get(places.service) ?? UNKNOWN_UNIT,
    machine: running.get(name) ?? null,
  };
  if (!container.isDeclarative) {
    const { settings, ...own } = await ownGeneration(look, container);
    return { ...common, ...own, container: container.withSettings(settings) };
  }
  return {
    ...common,
    container,
    profile: new Profile([], null),
    closure: null,
    fallback: null,
    displacedFiles: [],
    closureProblem: problem?.code === 'unreadable' ? problem.why : null,
  };
}

type OwnGeneration = Pick<
  Examined,
  'profile' | 'closure' | 'fallback' | 'displacedFiles' | 'closureProblem'
> & { settings: Settings | null };

async function ownGeneration(look: Look, { name, places }: Container): Promise<OwnGeneration> {
  const profile = await readProfile(places.profile);
  const closure = profile.current?.path ?? null;
  const nothing = {
    profile,
    closure,
    fallback: null,
    displacedFiles: [],
    closureProblem: null,
    settings: null,
  };
  if (closure === null) return { ...nothing, fallback: await newestUsable(profile.generations, name) };
  try {
    const { files: provided, settings } = await readClosure(closure, name);
    const files = filesFor(provided, await look.at(version));
    const ownUnits = [provided.unitForAny, ...provided.newerUnits.map(({ file }) => file)].map(
      (file) => `${places.hostFiles}/${file}`,
    );
    const changes = await planHostFiles(look.layout, places, files);
    const displaced = (await hasRuntimeDropIn(places, files.dropIn))
      ? changes.filter(({ path }) => path !== places.dropIn && path !== places.runtimeDropIn)
      : changes;
    const displacedFiles = displaced.map(({ path, before }) => ({
      path,
      isAbsent: before.kind === 'absent',
      isForOtherSystemd: before.kind === 'link' && ownUnits.includes(before.target),
    }));
    return { ...nothing, displacedFiles, settings };
  } catch (error) {
    if (error instanceof NspawnError || isErrno(error)) return { ...nothing, closureProblem: error.message };
    throw error;
  }
}

/** The Python tool puts the drop-in below /run only. It works until the next boot, and the next update moves it. */
async function hasRuntimeDropIn({ dropIn, runtimeDropIn }: Places, text: string): Promise<boolean> {
  if ((await fileState(dropIn)).kind !== 'absent') return false;
  const state = await fileState(runtimeDropIn);
  return state.kind === 'file' && state.content === text;
}

/** A generation may be missing from the store, or belong to another container. */
async function newestUsable(generations: readonly Generation[], name: ContainerName): Promise<number | null> {
  for (const { number, path } of generations.toReversed()) {
    try {
      await readClosure(path, name);
      return number;
    } catch (error) {
      if (error instanceof NspawnError || isErrno(error)) continue;
      throw error;
    }
  }
  return null;
}

/** Whether the container's unit file exists, but a link of its profile is missing. */
export const lostItsGeneration = ({ container, profile, closure }: Examined): boolean =>
  closure === null &&
  ((container.type === 'imperative' && container.generation !== null) ||
    (container.problem?.code === 'no-profile' && profile.generations.length > 0));
