import { join } from 'node:path';
import { entries, readText } from './files.js';
import type { Layout } from './layout.js';

/** The services of the line `hosts:` of nsswitch.conf(5), actions in brackets included; null where there is no line. */
export async function nssHosts(layout: Layout): Promise<string[] | null> {
  const text = await readText(join(layout.root, 'etc', 'nsswitch.conf'));
  const line = /^hosts:(.*)$/m
    .exec(text ?? '')?.[1]
    ?.replace(/#.*/, '')
    .trim();
  return line === undefined ? null : line.split(/\s+(?![^[]*\])/);
}

/** Whether a module of the C library's name service switch is installed where distributions put them. */
export async function hasNssModule(layout: Layout, name: string): Promise<boolean> {
  const file = `libnss_${name}.so.2`;
  for (const directory of ['usr/lib', 'usr/lib64', 'lib', 'lib64'].map((place) => join(layout.root, place))) {
    const names = await entries(directory);
    if (names.includes(file)) return true;
    for (const triplet of names.filter((entry) => entry.endsWith('-linux-gnu')))
      if ((await entries(join(directory, triplet))).includes(file)) return true;
  }
  return false;
}
