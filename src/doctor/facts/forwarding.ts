import { basename, join } from 'node:path';
import { entries, readText } from '../../base/files.js';
import { parseUnitFile, unitValues } from '../../container/unit-file.js';
import type { Layout } from '../../host/layout.js';
import { fact, type Look } from '../look.js';

export type Family = 'IPv4' | 'IPv6';

export interface Forwarding {
  /** The interface of the default route; null if there is none. */
  uplink: string | null;
  /** Whether the kernel forwards packets that arrive at the uplink; null if it does not report it. */
  enabled: boolean | null;
  /** The file that tells networkd never to enable forwarding; null if there is none. */
  deniedBy: string | null;
}

export const forwarding = fact(async (look): Promise<Readonly<Record<Family, Forwarding>>> => {
  const [IPv4, IPv6] = await Promise.all([
    forwardingOf(look, 'IPv4', defaultInterfaceV4),
    forwardingOf(look, 'IPv6', defaultInterfaceV6),
  ]);
  return { IPv4, IPv6 };
});

async function forwardingOf(
  { layout }: Look,
  family: Family,
  uplinkOf: () => Promise<string | null>,
): Promise<Forwarding> {
  const kernel = family === 'IPv4' ? 'ipv4' : 'ipv6';
  const [uplink, deniedBy] = await Promise.all([
    uplinkOf(),
    forwardingDeniedBy(layout, `${family}Forwarding`),
  ]);
  return { uplink, deniedBy, enabled: uplink === null ? null : await isForwarding(kernel, uplink) };
}

/** The interface of the IPv4 default route; null if there is none. */
async function defaultInterfaceV4(): Promise<string | null> {
  const lines = ((await readText('/proc/net/route')) ?? '').split('\n').slice(1);
  const route = lines
    .map((line) => line.split('\t'))
    .find((row) => row[1] === '00000000' && row[7] === '00000000');
  return route?.[0] ?? null;
}

/** The same for IPv6, whose table also has the reject route of `lo`. */
async function defaultInterfaceV6(): Promise<string | null> {
  const lines = ((await readText('/proc/net/ipv6_route')) ?? '').split('\n');
  const route = lines
    .map((line) => line.trim().split(/\s+/))
    .find((row) => /^0{32}$/.test(row[0] ?? '') && row[1] === '00' && row[9] !== 'lo');
  return route?.[9] ?? null;
}

/**
 * Whether the kernel forwards packets that arrive at an interface; null if it does not report it. IPv6 has one switch
 * for all interfaces: the switch of a single interface only makes it behave as a router does (kernel, ip-sysctl.rst).
 */
async function isForwarding(family: 'ipv4' | 'ipv6', link: string): Promise<boolean | null> {
  const switches = family === 'ipv6' ? 'all' : link;
  const text = await readText(`/proc/sys/net/${family}/conf/${switches}/forwarding`);
  return text === null ? null : text.trim() !== '0';
}

/**
 * The file that tells networkd never to enable forwarding; null if there is none. By default networkd enables it with the
 * first link that masquerades (networkd.conf(5), IPv4Forwarding=).
 */
async function forwardingDeniedBy(
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

/** networkd.conf and its drop-ins. Later files override earlier ones. */
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
