import { readlink, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { entriesSeen, isPresent } from '../../base/files.js';
import { isStoredName } from '../../container/name.js';
import { isErrno, isMissing } from '../../errors/system-calls.js';
import { imagesInTheWay } from '../../host/images.js';
import { journalLinks } from '../../host/journal-links.js';
import { containerPlaces, type Layout } from '../../host/layout.js';
import { enablingLinks, namesWithSettings, ownersSettings } from '../../host/leftovers.js';
import { isSeenLocked } from '../../host/lock.js';
import { fact, type Look } from '../look.js';
import { containers, lostItsGeneration } from './containers.js';
import { wholeInventory } from './inventory.js';

/** Something on the host that has the name of a container. */
export interface Named {
  name: string;
  path: string;
}

/** Unit files, drop-ins, enabling links and links to journals of containers that do not exist. */
export const orphanedFiles = fact(async (look): Promise<readonly Named[]> => {
  const { layout } = look;
  const [units, networks, dropIns, journals, { enabling }] = await Promise.all([
    profileLinks(layout, layout.unitDir, '.nspawn'),
    profileLinks(layout, layout.networkDir, '.network'),
    ownDropIns(layout),
    journalLinks(layout),
    look.at(strangeSettings),
  ]);
  // A link without an owner may belong to a machine whose files are elsewhere.
  const dangling = journals.flatMap(({ name, path, isDangling }) =>
    name !== null && isDangling ? [{ name, path }] : [],
  );
  return [
    ...(await orphans(look, [...units, ...networks, ...dropIns], await look.at(namesWithProfile))),
    ...(await orphans(look, [...enabling, ...dangling], await look.at(allNames))),
  ];
});

/** Records of containers that do not exist. */
export const orphanedRecords = fact(async (look): Promise<readonly Named[]> => {
  const directory = join(look.layout.stateDir, 'containers');
  const records = (await entriesSeen(directory))
    .filter((file) => file.endsWith('.json') && !file.startsWith('.'))
    .map((file) => ({ name: file.slice(0, -'.json'.length), path: join(directory, file) }));
  return orphans(look, records, await look.at(namesWithProfile));
});

/** State directories of containers that do not exist. */
export const orphanedStates = fact(
  async (look): Promise<readonly Named[]> =>
    orphans(look, await look.at(emptyRoots), await look.at(allNames)),
);

/** Settings of services, made by hand, for containers that do not exist. */
export const orphanedSettings = fact(
  async (look): Promise<readonly Named[]> =>
    orphans(look, (await look.at(strangeSettings)).settings, await look.at(allNames)),
);

/** Names of containers that other checks report, because parts of them exist. Their other parts are not orphans. */
export const namesReportedElsewhere = fact(async (look): Promise<ReadonlySet<string>> => {
  const reported = (await look.at(containers)).filter(
    (examined) =>
      examined.isUnfinished ||
      examined.container.problem?.code !== 'no-profile' ||
      lostItsGeneration(examined),
  );
  return new Set(reported.map(({ container }) => container.name));
});

/** The things without an owner: `owners` does not contain their name, and no operation is working on that name. */
export async function orphans<T extends Named>(
  { layout }: Look,
  things: readonly T[],
  owners: ReadonlySet<string>,
): Promise<T[]> {
  const left = await Promise.all(
    things
      .filter(({ name }) => !owners.has(name))
      .map(async (thing) => {
        const isBusy =
          isStoredName(thing.name) && (await isSeenLocked(containerPlaces(layout, thing.name).lock));
        return isBusy ? null : thing;
      }),
  );
  return left.filter((thing) => thing !== null);
}

const allNames = fact(async (look): Promise<ReadonlySet<string>> => {
  const found = await look.at(wholeInventory);
  return new Set(found.map(({ name }) => name));
});

const namesWithProfile = fact(async (look): Promise<ReadonlySet<string>> => {
  const found = (await look.at(wholeInventory)).filter(
    ({ isManaged, isDeclarative, generation }) => isManaged && (isDeclarative || generation !== null),
  );
  return new Set(found.map(({ name }) => name));
});

/** Links and settings of services whose name belongs to no container and no other machine. */
const strangeSettings = fact(async (look): Promise<{ enabling: Named[]; settings: Named[] }> => {
  const { layout } = look;
  const [owners, roots] = await Promise.all([look.at(allNames), look.at(emptyRoots)]);
  const emptyStates = new Set(roots.map(({ name }) => name));
  const enabling: Named[] = [];
  const settings: Named[] = [];
  for (const name of await namesWithSettings(layout)) {
    if (owners.has(name) || !isStoredName(name)) continue;
    const places = containerPlaces(layout, name);
    const isMachine = !emptyStates.has(name) && (await isPresent(places.stateDir));
    if (isMachine || (await imagesInTheWay(layout, places, { everywhere: true })).length > 0) continue;
    for (const path of await enablingLinks(layout, places)) enabling.push({ name, path });
    for (const path of await ownersSettings(layout, places)) settings.push({ name, path });
  }
  return { enabling, settings };
});

/** Links into the profile of a container, whose name they contain. */
async function profileLinks(layout: Layout, directory: string, suffix: string): Promise<Named[]> {
  const within = `${layout.profilesDir}/`;
  const all = await Promise.all(
    (await entriesSeen(directory))
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

async function ownDropIns(layout: Layout): Promise<Named[]> {
  const all = await Promise.all(
    (await entriesSeen(layout.serviceDir)).map(async (directory) => {
      const name = /^systemd-nspawn@(.+)\.service\.d$/.exec(directory)?.[1];
      if (name === undefined || !isStoredName(name)) return null;
      const { dropIn, dropInDir } = containerPlaces(layout, name);
      return (await entriesSeen(dropInDir)).includes(basename(dropIn)) ? { name, path: dropIn } : null;
    }),
  );
  return all.filter((file) => file !== null);
}

/** Root directories as this tool and the Python tool create them, without an operating system. Others are machines. */
const emptyRoots = fact(async ({ layout }): Promise<readonly Named[]> => {
  const all = await Promise.all(
    (await entriesSeen(layout.machinesDir)).filter(isStoredName).map(async (name) => {
      const path = join(layout.machinesDir, name);
      return (await isEmptyFile(join(path, 'etc', 'os-release'))) ? { name, path } : null;
    }),
  );
  return all.filter((root) => root !== null);
});

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
    // It is a plain file, or was deleted since it was listed.
    if (isMissing(error) || (isErrno(error) && error.code === 'EINVAL')) return null;
    throw error;
  }
}
