import { readdir, readlink, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isStoredName } from '../container/name.js';
import { isErrno, isMissing } from '../errors.js';
import type { Found } from '../host/inventory.js';
import { containerPlaces, type Layout } from '../host/layout.js';
import { isSeenLocked } from '../host/lock.js';
import type { Orphans } from './facts.js';

interface Owned {
  name: string;
  path: string;
}

/** Files, records and states that bear the name of no container (any more). */
export async function gatherOrphans(layout: Layout, found: readonly Found[]): Promise<Orphans> {
  const known = new Set<string>(found.filter(hasProfile).map(({ name }) => name));
  const any = new Set<string>(found.map(({ name }) => name));
  const [units, networks, dropIns, records, states] = await Promise.all([
    links(layout, layout.unitDir, '.nspawn'),
    links(layout, layout.networkDir, '.network'),
    ownDropIns(layout),
    ownRecords(layout),
    emptyRoots(layout),
  ]);
  return {
    files: await settled(layout, [...units, ...networks, ...dropIns], known),
    records: await settled(layout, records, known),
    states: await settled(layout, states, any),
  };
}

const hasProfile = ({ type, generation }: Found) =>
  type !== 'foreign' && (type === 'declarative' || generation !== null);

/** Without those of containers, and of names that an operation is at work on. */
async function settled(
  layout: Layout,
  things: readonly Owned[],
  known: ReadonlySet<string>,
): Promise<Owned[]> {
  const left = await Promise.all(
    things
      .filter(({ name }) => !known.has(name))
      .map(async (thing) => {
        const isBusy =
          isStoredName(thing.name) && (await isSeenLocked(containerPlaces(layout, thing.name).lock));
        return isBusy ? null : thing;
      }),
  );
  return left.filter((thing) => thing !== null);
}

/** Links into a container's profile, which name it. */
async function links(layout: Layout, directory: string, suffix: string): Promise<Owned[]> {
  const within = `${layout.profilesDir}/`;
  const all = await Promise.all(
    (await entries(directory))
      .filter((file) => file.endsWith(suffix))
      .map(async (file) => {
        const path = join(directory, file);
        const target = await targetOf(path);
        const name = target?.startsWith(within) ? target.slice(within.length).split('/')[0] : undefined;
        return name === undefined ? null : { name, path };
      }),
  );
  return all.filter((link) => link !== null);
}

async function ownDropIns(layout: Layout): Promise<Owned[]> {
  const all = await Promise.all(
    (await entries(layout.serviceDir)).map(async (directory) => {
      const name = /^systemd-nspawn@(.+)\.service\.d$/.exec(directory)?.[1];
      if (name === undefined || !isStoredName(name)) return null;
      const { dropIn, dropInDir } = containerPlaces(layout, name);
      return (await entries(dropInDir)).includes(basename(dropIn)) ? { name, path: dropIn } : null;
    }),
  );
  return all.filter((file) => file !== null);
}

async function ownRecords(layout: Layout): Promise<Owned[]> {
  const directory = join(layout.stateDir, 'containers');
  return (await entries(directory))
    .filter((file) => file.endsWith('.json') && !file.startsWith('.'))
    .map((file) => ({ name: file.slice(0, -'.json'.length), path: join(directory, file) }));
}

/** Roots as both tools make them, with nothing of an operating system: others are machines of somebody else's. */
async function emptyRoots(layout: Layout): Promise<Owned[]> {
  const all = await Promise.all(
    (await entries(layout.machinesDir)).filter(isStoredName).map(async (name) => {
      const path = join(layout.machinesDir, name);
      return (await isEmptyFile(join(path, 'etc', 'os-release'))) ? { name, path } : null;
    }),
  );
  return all.filter((root) => root !== null);
}

async function isEmptyFile(path: string): Promise<boolean> {
  try {
    const { size } = await stat(path);
    return size === 0;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function targetOf(path: string): Promise<string | null> {
  try {
    return await readlink(path);
  } catch (error) {
    // A plain file, or gone since it was listed.
    if (isMissing(error) || (isErrno(error) && error.code === 'EINVAL')) return null;
    throw error;
  }
}

/** None where the place is absent, or closed to this user. */
async function entries(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (isMissing(error) || (isErrno(error) && error.code === 'EACCES')) return [];
    throw error;
  }
}
