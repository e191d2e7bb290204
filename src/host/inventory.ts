import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type ContainerName, isStoredName } from '../container/name.js';
import type { Settings } from '../container/settings.js';
import { isErrno, isMissing, NspawnError } from '../errors.js';
import { readSettings } from './closure.js';
import { isPresent } from './files.js';
import { currentGeneration } from './generations.js';
import { containerPlaces, type Layout, type Places } from './layout.js';
import { isLocked } from './lock.js';

/**
 * - `imperative`: made by this tool or the Python one, from a profile of its own.
 * - `declarative`: declared in the host's NixOS configuration.
 * - `incomplete`: parts of an imperative container that was not made, or not removed, to the end.
 * - `foreign`: a .nspawn file that neither tool made.
 */
export type ContainerType = 'imperative' | 'declarative' | 'incomplete' | 'foreign';

export interface Found {
  name: ContainerName;
  type: ContainerType;
  places: Places;
  /** The profile's current generation; null where there is no profile. */
  generation: number | null;
  /** Null where they cannot be read; then `problem` says why. */
  settings: Settings | null;
  problem: string | null;
}

/** Every container of the host, by name, from the file system alone. */
export async function findContainers(layout: Layout): Promise<Found[]> {
  const [units, profiles, declared, journals] = await Promise.all([
    namesIn(layout.unitDir, '.nspawn'),
    namesIn(layout.profilesDir, ''),
    namesIn(layout.declarativeDir, '.json'),
    namesIn(join(layout.stateDir, 'journal'), '.jsonl'),
  ]);
  const names = [...new Set([...units, ...profiles, ...declared, ...journals])].filter(isStoredName).sort();
  const found = await Promise.all(names.map((name) => findContainer(layout, name)));
  return found.filter((container) => container !== null);
}

/** One container by name; null where nothing of it is there. */
export async function findContainer(layout: Layout, name: ContainerName): Promise<Found | null> {
  const places = containerPlaces(layout, name);
  const [unit, profile, declared, journal, generation] = await Promise.all([
    unitKind(places),
    isPresent(places.profileDir),
    isPresent(places.declarativeFile),
    unfinished(places),
    currentGeneration(places.profile),
  ]);
  if (declared)
    return {
      name,
      type: 'declarative',
      places,
      generation: null,
      ...(await settingsOf(places.declarativeFile)),
    };
  if (unit === 'foreign')
    return {
      name,
      type: 'foreign',
      places,
      generation: null,
      settings: null,
      problem: 'not made by nixos-nspawn',
    };
  if (unit === 'absent' && !profile && journal === null) return null;
  if (unit === 'absent' || generation === null || journal === 'cut short') {
    const missing = unit === 'absent' ? 'it has no unit file' : 'it has no profile';
    const problem = journal === null ? missing : UNFINISHED[journal];
    return { name, type: 'incomplete', places, generation, settings: null, problem };
  }
  const whole = await settingsOf(join(places.hostFiles, 'data.json'));
  const problem = whole.problem ?? (journal === 'unknown' ? UNFINISHED.unknown : null);
  return { name, type: 'imperative', places, generation, ...whole, problem };
}

const UNFINISHED = {
  'under way': 'an operation on it is under way',
  'cut short': 'an operation on it was cut short',
  unknown: 'an operation on it is under way, or was cut short',
};

/** What the container's journal means; null where there is none. Who may not open the lock cannot know. */
async function unfinished({ journal, lock }: Places): Promise<keyof typeof UNFINISHED | null> {
  if (!(await isPresent(journal))) return null;
  try {
    return (await isLocked(lock)) ? 'under way' : 'cut short';
  } catch (error) {
    if (isErrno(error) && error.code === 'EACCES') return 'unknown';
    throw error;
  }
}

async function settingsOf(file: string): Promise<Pick<Found, 'settings' | 'problem'>> {
  try {
    return { settings: await readSettings(file), problem: null };
  } catch (error) {
    if (error instanceof NspawnError || isErrno(error)) return { settings: null, problem: error.message };
    throw error;
  }
}

/** Whether the .nspawn file is a link into this container's own profile. */
async function unitKind(places: Places): Promise<'ours' | 'foreign' | 'absent'> {
  try {
    return (await readlink(places.unitFile)).startsWith(`${places.hostFiles}/`) ? 'ours' : 'foreign';
  } catch (error) {
    if (isMissing(error)) return 'absent';
    if (isErrno(error) && error.code === 'EINVAL') return 'foreign';
    throw error;
  }
}

async function namesIn(directory: string, suffix: string): Promise<string[]> {
  try {
    const files = await readdir(directory);
    return files
      .filter((file) => file.endsWith(suffix))
      .map((file) => file.slice(0, file.length - suffix.length));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
