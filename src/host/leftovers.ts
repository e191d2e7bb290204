import { basename, join } from 'node:path';
import { entriesSeen, fileState } from '../base/files.js';
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
