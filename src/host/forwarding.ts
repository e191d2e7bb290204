import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseUnitFile, unitValues } from '../container/unit-file.js';
import { isMissing } from '../errors.js';
import { readText } from './files.js';
import type { Layout } from './layout.js';

/** The interface of the IPv4 default route; null where there is none. */
export async function defaultInterfaceV4(): Promise<string | null> {
  const lines = ((await readText('/proc/net/route')) ?? '').split('\n').slice(1);
  const route = lines
    .map((line) => line.split('\t'))
    .find((row) => row[1] === '00000000' && row[7] === '00000000');
  return route?.[0] ?? null;
}

/** The same of IPv6, whose table has the reject route of `lo` besides. */
export async function defaultInterfaceV6(): Promise<string | null> {
  const lines = ((await readText('/proc/net/ipv6_route')) ?? '').split('\n');
  const route = lines
    .map((line) => line.trim().split(/\s+/))
    .find((row) => /^0{32}$/.test(row[0] ?? '') && row[1] === '00' && row[9] !== 'lo');
  return route?.[9] ?? null;
}

/**
 * Whether the kernel forwards what comes in at an interface; null where it does not say. For IPv6 one switch counts for
 * all interfaces; an interface's own says only that it behaves as a router's (kernel, ip-sysctl.rst).
 */
export async function isForwarding(family: 'ipv4' | 'ipv6', link: string): Promise<boolean | null> {
  const switches = family === 'ipv6' ? 'all' : link;
  const text = await readText(`/proc/sys/net/${family}/conf/${switches}/forwarding`);
  return text === null ? null : text.trim() !== '0';
}

/**
 * The file that has networkd never turn on forwarding; null where none does. networkd turns it on with the first
 * link that masquerades, unless it is told otherwise (networkd.conf(5), IPv4Forwarding=).
 */
export async function forwardingDeniedBy(
  layout: Layout,
  key: 'IPv4Forwarding' | 'IPv6Forwarding',
): Promise<string | null> {
  let denied: string | null = null;
  for (const file of await networkdSettings(layout)) {
    const value = unitValues(parseUnitFile((await readText(file)) ?? ''), 'Network', key).at(-1);
    if (value !== undefined) denied = /^(?:no|false|off|0|n|f)$/i.test(value) ? file : null;
  }
  return denied;
}

/** networkd.conf and its drop-ins, in the order in which they count. */
async function networkdSettings(layout: Layout): Promise<string[]> {
  const under = ['usr/lib', 'usr/local/lib', 'run', 'etc'].map((place) =>
    join(layout.root, place, 'systemd'),
  );
  const dropIns = new Map<string, string>();
  for (const directory of under) {
    const place = join(directory, 'networkd.conf.d');
    for (const name of await entries(place)) if (name.endsWith('.conf')) dropIns.set(name, join(place, name));
  }
  const main = under.map((directory) => join(directory, 'networkd.conf'));
  const sorted = [...dropIns.values()].sort((a, b) => (basename(a) < basename(b) ? -1 : 1));
  return [...main, ...sorted];
}

async function entries(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
