import { readdir, readlink, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isStoredName } from '../container/name.js';
import { asNspawnError, isErrno, isMissing } from '../errors.js';
import { entriesSeen, isPresent } from '../host/files.js';
import { imagesInTheWay } from '../host/images.js';
import type { Found } from '../host/inventory.js';
import { containerPlaces, type Layout } from '../host/layout.js';
import { enablingLinks, journalLinks, namesWithSettings, ownersSettings } from '../host/leftovers.js';
import { isSeenLocked } from '../host/lock.js';
import { hiddenBy } from '../host/trees.js';
import { type EphemeralCopy, unusedCopies } from '../systemd/ephemeral-copies.js';
import type { Orphans } from './facts.js';

interface Owned {
  name: string;
  path: string;
}

/** Files, records and states that bear the name of no container (any more), and copies that nothing uses. */
export async function gatherOrphans(
  layout: Layout,
  found: readonly Found[],
  signal: AbortSignal,
): Promise<Orphans> {
  const known = new Set<string>(found.filter(hasProfile).map(({ name }) => name));
  const any = new Set<string>(found.map(({ name }) => name));
  const [units, networks, dropIns, records, states, journals, remnants, copies] = await Promise.all([
    links(layout, layout.unitDir, '.nspawn'),
    links(layout, layout.networkDir, '.network'),
    ownDropIns(layout),
    ownRecords(layout),
    emptyRoots(layout),
    danglingJournals(layout),
    remnantTrees(layout),
    copiesIfAny(layout, signal),
  ]);
  const { enabling, settings } = await serviceSettings(layout, any, new Set(states.map(({ name }) => name)));
  return {
    files: [
      ...(await settled(layout, [...units, ...networks, ...dropIns], known)),
      ...(await settled(layout, [...enabling, ...journals], any)),
    ],
    records: await settled(layout, records, known),
    states: await settled(layout, states, any),
    settings: await settled(layout, settings, any),
    remnants: await settled(layout, remnants, new Set()),
    copies: await settled(layout, copies, new Set()),
  };
}

/** Links in the host's journal directory to journals that are gone. */
async function danglingJournals(layout: Layout): Promise<Owned[]> {
  return (await journalLinks(layout)).filter(({ isDangling }) => isDangling);
}

/** What is left of trees that were to be deleted; with an unfinished operation, it may yet go back. */
async function remnantTrees(layout: Layout): Promise<Owned[]> {
  const remnants: Owned[] = [];
  for (const directory of [layout.machinesDir, layout.profilesDir]) {
    for (const file of await entriesSeen(directory)) {
      const name = hiddenBy(file);
      if (name === null || !isStoredName(name)) continue;
      if (!(await isPresent(containerPlaces(layout, name).journal)))
        remnants.push({ name, path: join(directory, file) });
    }
  }
  return remnants;
}

/** Links and settings of services for which there is no container, and no machine of somebody else's either. */
async function serviceSettings(
  layout: Layout,
  containers: ReadonlySet<string>,
  emptyStates: ReadonlySet<string>,
): Promise<{ enabling: Owned[]; settings: Owned[] }> {
  const enabling: Owned[] = [];
  const settings: Owned[] = [];
  for (const name of await namesWithSettings(layout)) {
    if (containers.has(name) || !isStoredName(name)) continue;
    const places = containerPlaces(layout, name);
    const isMachine = !emptyStates.has(name) && (await isPresent(places.stateDir));
    if (isMachine || (await imagesInTheWay(layout, places, { everywhere: true })).length > 0) continue;
    for (const path of await enablingLinks(layout, places)) enabling.push({ name, path });
    for (const path of await ownersSettings(layout, places)) settings.push({ name, path });
  }
  return { enabling, settings };
}

/** None where systemd does not say what runs, which the checks of the host tell of. */
async function copiesIfAny(layout: Layout, signal: AbortSignal): Promise<EphemeralCopy[]> {
  try {
    return await unusedCopies(layout.machinesDir, signal);
  } catch (error) {
    const { code } = asNspawnError(error);
    if (code === 'command-failed' || code === 'command-missing') return [];
    throw error;
  }
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
