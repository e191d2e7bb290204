import { isPresent } from '../base/files.js';
import type { ContainerName } from '../container/name.js';
import { readProfile } from '../host/generations.js';
import type { Places } from '../host/layout.js';
import { systemsOf } from '../host/systems.js';
import { invocationOf } from '../systemd/invocation.js';
import { type RunningSystem, runningSystem } from '../systemd/running-system.js';
import { generationsOf, type RunningPart } from './generations.js';
import { forgetRuns, isInvocation, putRun, type RunRecord, readRun } from './roots.js';

/** Where the runs of a container are recorded, and what is needed to identify them. */
export type RunPlaces = Pick<Places, 'service' | 'profile' | 'runningRoots'> & { name: ContainerName };

/** One run of a container, from its start to its end, with its record. */
export interface Run extends RunRecord {
  invocation: string;
}

/**
 * Makes Nix keep the closure that the container runs and the one that it booted, and none of earlier runs. Nix
 * keeps the generations of a profile, but once another generation is current, `nix-collect-garbage -d` may delete the
 * running one.
 *
 * @returns the current run; null if there is none
 */
export async function keepRunning(
  places: RunPlaces,
  {
    signal,
    reloaded = null,
  }: {
    signal?: AbortSignal | undefined;
    /** The closure to which a reload has just switched the container. */
    reloaded?: string | null;
  } = {},
): Promise<Run | null> {
  const system = await runningSystem(places.name, signal);
  const invocation = system === null ? '' : await invocationOf(places.service, signal);
  if (system === null || !isInvocation(invocation)) {
    // The next start deletes what a power loss brings back. A container that was removed has none.
    await forgetRuns(places, null, { synced: !(await isPresent(places.profile)) });
    return null;
  }
  const record = await recordOf(system, invocation, places, reloaded);
  await putRun(places, invocation, record);
  return { invocation, ...record };
}

/**
 * What is to be recorded of a run. What the container does not report stays as it is recorded.
 *
 * @param reloaded the closure to which a reload has just switched the container; null if there was none
 */
export async function recordOf(
  system: RunningSystem,
  invocation: string,
  places: RunPlaces,
  reloaded: string | null,
): Promise<RunRecord> {
  const known = await readRun(places, invocation);
  const running = await generationsOf(system, invocation, places, await readProfile(places.profile));
  const isAtReloaded = reloaded !== null && (await isMadeOf(reloaded, running.current, places));
  return {
    booted: (await kept(running.booted)) ?? known.booted,
    current: isAtReloaded ? reloaded : ((await kept(running.current)) ?? known.current),
  };
}

/** Restores the record of a run. If another run has begun since, records that one instead. */
export async function restoreRun(places: RunPlaces, run: Run | null): Promise<void> {
  if (run !== null && (await runningSystem(places.name)) !== null) {
    const { invocation, booted, current } = run;
    if ((await invocationOf(places.service)) === invocation)
      return putRun(places, invocation, { booted, current });
  }
  await keepRunning(places);
}

/** Whether `part` runs `closure`. True also for a container that does not report what it runs. */
async function isMadeOf(closure: string, part: RunningPart | null, { name }: RunPlaces): Promise<boolean> {
  return part === null || (await systemsOf(closure, name)).includes(part.system);
}

/** A container may report anything. Only what is in the store can be kept. */
async function kept(part: RunningPart | null): Promise<string | null> {
  if (part === null) return null;
  if (part.closure !== null) return part.closure;
  return /^\/nix\/store\/[0-9a-z]{32}-[^/]+$/.test(part.system) && (await isPresent(part.system))
    ? part.system
    : null;
}
