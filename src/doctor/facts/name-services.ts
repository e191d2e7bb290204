import { join } from 'node:path';
import { entries, readText } from '../../base/files.js';
import type { Layout } from '../../host/layout.js';
import { fact } from '../look.js';
import { isNixOS } from './host.js';

/** The services of the line `hosts:` of nsswitch.conf(5), with actions in brackets; null if there is no such line. */
export const nssHosts = fact(async ({ layout }): Promise<readonly string[] | null> => {
  const text = await readText(join(layout.root, 'etc', 'nsswitch.conf'));
  const line = /^hosts:(.*)$/m
    .exec(text ?? '')?.[1]
    ?.replace(/#.*/, '')
    .trim();
  return line === undefined ? null : line.split(/\s+(?![^[]*\])/);
});

/** Whether nss-mymachines is installed; null on NixOS, which puts modules where only the name service finds them. */
export const hasMyMachines = fact(
  async (look): Promise<boolean | null> =>
    (await look.at(isNixOS)) ? null : hasNssModule(look.layout, 'mymachines'),
);

/** Whether an NSS module of the C library is installed in a directory that distributions use. */
async function hasNssModule(layout: Layout, name: string): Promise<boolean> {
  const file = `libnss_${name}.so.2`;
  for (const directory of ['usr/lib', 'usr/lib64', 'lib', 'lib64'].map((place) => join(layout.root, place))) {
    const names = await entries(directory);
    if (names.includes(file)) return true;
    for (const triplet of names.filter((entry) => entry.endsWith('-linux-gnu')))
      if ((await entries(join(directory, triplet))).includes(file)) return true;
  }
  return false;
}
