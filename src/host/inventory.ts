import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { isPresent } from '../base/files.js';
import { type ContainerName, isStoredName } from '../container/name.js';
import { badSettings } from '../errors/nix.js';
import { NspawnError } from '../errors/nspawn-error.js';
import { isErrno, isMissing } from '../errors/system-calls.js';
import { settingsIn } from './closure.js';
import { Container } from './container.js';
import { currentGeneration } from './generations.js';
import { containerPlaces, type Layout, type Places } from './layout.js';
import { isLocked } from './lock.js';

/** Which parts of a container exist. */
interface Parts {
  unit: boolean;
  profile: boolean;
  declared: boolean;
  journal: boolean;
}

/*
 * Links and files are read synchronously. For a thousand containers this takes a tenth of the time of fs/promises,
 * where each call allocates objects and waits for a thread.
 */

/**
 * Finds every container of the host, sorted by name, from the file system alone. If the user chose another directory
 * for unit files, containers whose unit file is in the standard directory are left out.
 */
export async function findContainers(layout: Layout): Promise<Container[]> {
  const units = namesIn(layout.unitDir, '.nspawn');
  const profiles = namesIn(layout.profilesDir, '');
  const declared = namesIn(layout.declarativeDir, '.json');
  const journals = namesIn(join(layout.stateDir, 'journal'), '.jsonl');
  const others =
    layout.unitDir === layout.standardUnitDir ? new Set() : namesIn(layout.standardUnitDir, '.nspawn');
  const names = [...new Set([...units, ...profiles, ...declared, ...journals])].filter(
    (name) => units.has(name) || !others.has(name),
  );
  const found = await Promise.all(
    names
      .filter(isStoredName)
      .sort()
      .map((name) =>
        inspect(containerPlaces(layout, name), {
          unit: units.has(name),
          profile: profiles.has(name),
          declared: declared.has(name),
          journal: journals.has(name),
        }),
      ),
  );
  return found.filter((container) => container !== null);
}

/** Finds one container by name; null if no part of it exists. */
export async function findContainer(layout: Layout, name: ContainerName): Promise<Container | null> {
  const places = containerPlaces(layout, name);
  const [unit, profile, declared, journal] = await Promise.all([
    isPresent(places.unitFile),
    isPresent(places.profileDir),
    isPresent(places.declarativeFile),
    isPresent(places.journal),
  ]);
  return inspect(places, { unit, profile, declared, journal });
}

async function inspect(places: Places, parts: Parts): Promise<Container | null> {
  if (parts.declared) {
    const settings = settingsOf(places.declarativeFile);
    return new Container({ type: 'declarative', places, generation: null, ...settings });
  }
  const unit = parts.unit ? unitKind(places) : 'absent';
  if (unit === 'foreign') {
    const problem = { code: 'foreign' } as const;
    return new Container({ type: 'foreign', places, generation: null, settings: null, problem });
  }
  const journal = parts.journal ? await unfinished(places) : null;
  if (unit === 'absent' && !parts.profile && journal === null) return null;
  const generation = currentGeneration(places.profile);
  if (unit === 'absent' || generation === null || journal === 'cut-short') {
    const code = journal ?? (unit === 'absent' ? 'no-unit-file' : 'no-profile');
    return new Container({ type: 'incomplete', places, generation, settings: null, problem: { code } });
  }
  const whole = settingsOf(join(places.hostFiles, 'data.json'));
  const problem = whole.problem ?? (journal === 'unsettled' ? { code: journal } : null);
  return new Container({ type: 'imperative', places, generation, ...whole, problem });
}

/** What the container's undo journal means; null if there is none. Finding out requires permission to open the lock. */
async function unfinished({
  journal,
  lock,
}: Places): Promise<'under-way' | 'cut-short' | 'unsettled' | null> {
  if (!(await isPresent(journal))) return null;
  try {
    return (await isLocked(lock)) ? 'under-way' : 'cut-short';
  } catch (error) {
    if (isErrno(error) && error.code === 'EACCES') return 'unsettled';
    throw error;
  }
}

function settingsOf(file: string): Pick<Container, 'settings' | 'problem'> {
  try {
    return { settings: settingsIn(file, textOf(file)), problem: null };
  } catch (error) {
    if (error instanceof NspawnError || isErrno(error))
      return { settings: null, problem: { code: 'unreadable', why: error.message } };
    throw error;
  }
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (isMissing(error)) return null;
    if (isErrno(error)) throw badSettings(file, [`it cannot be read (${error.code})`], error);
    throw error;
  }
}

/** Whether the .nspawn file links into this container's own profile. */
function unitKind(places: Places): 'ours' | 'foreign' | 'absent' {
  try {
    return readlinkSync(places.unitFile).startsWith(`${places.hostFiles}/`) ? 'ours' : 'foreign';
  } catch (error) {
    if (isMissing(error)) return 'absent';
    if (isErrno(error) && error.code === 'EINVAL') return 'foreign';
    throw error;
  }
}

/** The names of the files in a directory, without the suffix; empty if the directory does not exist. */
function namesIn(directory: string, suffix: string): Set<string> {
  try {
    const files = readdirSync(directory).filter((file) => file.endsWith(suffix));
    return new Set(files.map((file) => file.slice(0, file.length - suffix.length)));
  } catch (error) {
    if (isMissing(error)) return new Set();
    throw error;
  }
}
