import type { Profile } from '../container/profile.js';
import type { Places } from '../host/layout.js';
import { specialisationsOf, systemsOf } from '../host/systems.js';
import { invocationOf } from '../systemd/invocation.js';
import { type RunningSystem, runningSystem } from '../systemd/running-system.js';
import { type RunRecord, readRun } from './roots.js';

/** One of the two systems of a running container: the booted one or the current one. */
export interface RunningPart {
  /** NixOS's toplevel, as the container itself reports it. */
  system: string;
  /** The closure that contains it, from the record of this run or from the profile; null if neither has one. */
  closure: string | null;
  /** The recorded generation with this closure; null if there is none, or none any more. */
  generation: number | null;
  /** Whether the container has switched to one of the closure's specialisations. */
  isSpecialised: boolean;
}

/** What a running container consists of. A part is null if the container does not report it, or not to this caller. */
export interface RunningGenerations {
  current: RunningPart | null;
  booted: RunningPart | null;
}

type RunningPlaces = Pick<Places, 'name' | 'service' | 'runningRoots'>;

/** What a container runs and what it booted, as generations of its profile; null if it does not run. */
export async function runningGenerations(
  places: RunningPlaces,
  profile: Profile,
  signal: AbortSignal,
): Promise<RunningGenerations | null> {
  const system = await runningSystem(places.name, signal);
  if (system === null) return null;
  return generationsOf(system, await invocationOf(places.service, signal), places, profile);
}

/**
 * Finds the generations for the systems that a container reports.
 *
 * The container reports NixOS's toplevel, while a generation is a closure that contains it. Several generations may
 * share a toplevel and differ only in files for the host. The record of this run then shows which generation it is.
 * There is no record if systemd or another tool started the container. Such a start uses the current generation, so the
 * current generation is tried first, and then the others from newest to oldest.
 */
export async function generationsOf(
  system: RunningSystem,
  invocation: string,
  places: Pick<Places, 'name' | 'runningRoots'>,
  profile: Profile,
): Promise<RunningGenerations> {
  const record = await readRun(places, invocation);
  const candidates = candidatesOf(record, profile);
  const systems = new Map<string, string[]>();
  for (const closure of new Set(candidates.map(({ path }) => path)))
    systems.set(closure, await systemsOf(closure, places.name));
  const part = async (named: string | null, recorded: string | null): Promise<RunningPart | null> => {
    if (named === null) return null;
    const inOrder = preferred(recorded, candidates);
    const same = inOrder.find(({ path }) => systems.get(path)?.includes(named));
    if (same !== undefined)
      return { system: named, closure: same.path, generation: same.number, isSpecialised: false };
    for (const { path, number } of inOrder) {
      if ((await specialisationsOf(systems.get(path) ?? [])).includes(named))
        return { system: named, closure: path, generation: number, isSpecialised: true };
    }
    return { system: named, closure: null, generation: null, isSpecialised: false };
  };
  return {
    current: await part(system.current, record.current),
    booted: await part(system.booted, record.booted),
  };
}

interface Candidate {
  path: string;
  number: number | null;
}

/**
 * The candidates: the current generation, then the others from newest to oldest, then the closures in the record of the
 * run.
 */
function candidatesOf({ booted, current }: RunRecord, profile: Profile): Candidate[] {
  const first = profile.current;
  const others = profile.newestFirst.filter(({ number }) => number !== first?.number);
  const generations = first === null ? others : [first, ...others];
  // A generation may have been deleted while it runs.
  const forgotten = [current, booted].filter(
    (path) => path !== null && !generations.some((generation) => generation.path === path),
  );
  return [...generations, ...forgotten.flatMap((path) => (path === null ? [] : [{ path, number: null }]))];
}

const preferred = (recorded: string | null, candidates: readonly Candidate[]): Candidate[] => [
  ...candidates.filter(({ path }) => path === recorded),
  ...candidates.filter(({ path }) => path !== recorded),
];
