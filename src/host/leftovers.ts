import { realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { entriesSeen, fileState } from '../base/files.js';
import { isErrno, isMissing } from '../errors/system-calls.js';
import type { Layout, Places } from './layout.js';

/** Directories whose links start a unit together with another one (systemd.unit(5)). */
const ENABLING = /\.(?:wants|requires|upholds)$/;

/** Links that start the container's service at boot. `machinectl enable` makes them in `machines.target.wants`. */
export async function enablingLinks(
  { serviceDir, runtimeServiceDir }: Layout,
  { service }: Pick<Places, 'service'>,
): Promise<string[]> {
  const links: string[] = [];
  for (const directory of [serviceDir, runtimeServiceDir]) {
    for (const wants of (await entriesSeen(directory)).filter((name) => ENABLING.test(name))) {
      const path = join(directory, wants, service);
      if ((await fileState(path)).kind === 'link') links.push(path);
    }
  }
  return links;
}

/** A link to a container's journal, made by systemd-nspawn in the host's journal directory (`LinkJournal=guest`). */
export interface JournalLink {
  path: string;
  name: string;
  /** Whether its target does not exist. */
  isDangling: boolean;
}

export async function journalLinks({
  journalsDir,
  machinesDir,
}: Pick<Layout, 'journalsDir' | 'machinesDir'>): Promise<JournalLink[]> {
  const roots = [...new Set([machinesDir, await real(machinesDir)])];
  const links: JournalLink[] = [];
  for (const id of (await entriesSeen(journalsDir)).filter((name) => /^[0-9a-f]{32}$/.test(name))) {
    const path = join(journalsDir, id);
    const state = await fileState(path);
    if (state.kind !== 'link') continue;
    const root = roots.find((place) => state.target.startsWith(`${place}/`));
    const name = root === undefined ? undefined : state.target.slice(root.length + 1).split('/')[0];
    if (name !== undefined) links.push({ path, name, isDangling: !(await leadsSomewhere(path)) });
  }
  return links;
}

/** Where `systemctl set-property` writes its settings. */
const CONTROL = ['etc/systemd/system.control', 'run/systemd/system.control'] as const;

/** Settings of the container's service that someone made by hand (`systemctl edit`, `set-property`, `mask`). */
export async function ownersSettings(layout: Layout, places: Places): Promise<string[]> {
  const { service, dropIn, dropInDir, runtimeDropIn, runtimeDropInDir } = places;
  const controlled = CONTROL.map((place) => join(layout.root, place, `${service}.d`));
  const settings: string[] = [];
  for (const directory of [dropInDir, runtimeDropInDir, ...controlled]) {
    const files = (await entriesSeen(directory)).filter((name) => !name.startsWith('.'));
    settings.push(...files.map((name) => join(directory, name)));
  }
  for (const directory of [layout.serviceDir, layout.runtimeServiceDir]) {
    const path = join(directory, service);
    if ((await fileState(path)).kind !== 'absent') settings.push(path);
  }
  return settings.filter((path) => path !== dropIn && path !== runtimeDropIn);
}

/** The names of the containers whose services have settings or enabling links. */
export async function namesWithSettings(layout: Layout): Promise<Set<string>> {
  const directories = [
    layout.serviceDir,
    layout.runtimeServiceDir,
    ...CONTROL.map((place) => join(layout.root, place)),
  ];
  const names = new Set<string>();
  for (const directory of directories) {
    const inner = await entriesSeen(directory);
    const wanted = await Promise.all(
      inner.filter((name) => ENABLING.test(name)).map((name) => entriesSeen(join(directory, name))),
    );
    for (const file of [...inner, ...wanted.flat()]) {
      const name = /^systemd-nspawn@(.+)\.service(?:\.d)?$/.exec(basename(file))?.[1];
      if (name !== undefined) names.add(name);
    }
  }
  return names;
}

async function leadsSomewhere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    // Without permission to see the target, it is assumed to exist.
    if (isErrno(error)) return true;
    throw error;
  }
}

async function real(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (isErrno(error)) return path;
    throw error;
  }
}
