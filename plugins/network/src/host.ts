import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PresetContext } from 'nixos-nspawn/plugin';
import { overlaps, type Prefix, parsePrefix } from './prefix.js';

/* Queries of the host for presets. ip(8) of iproute2 answers in JSON, ss(8) in columns. Nothing is changed. */

interface Link {
  ifname: string;
  flags?: string[];
  linkinfo?: { info_kind?: string };
}

interface Route {
  dst: string;
  dev?: string;
}

async function ip<T>(context: PresetContext, ...args: string[]): Promise<T[]> {
  const { stdout } = await context.exec(['ip', '-json', ...args]);
  return stdout.trim() === '' ? [] : (JSON.parse(stdout) as T[]);
}

/** The interface with this name; null if there is none. */
export async function findLink(context: PresetContext, name: string): Promise<Link | null> {
  const links = await ip<Link>(context, '-details', 'link', 'show');
  return links.find(({ ifname }) => ifname === name) ?? null;
}

/** Names of the host's interfaces without those of containers, for messages. */
export async function ownInterfaces(context: PresetContext): Promise<string[]> {
  const links = await ip<Link>(context, 'link', 'show');
  return links.map(({ ifname }) => ifname).filter((name) => name !== 'lo' && !/^v[ebz]-/.test(name));
}

/** The host's route that overlaps the prefix. Ignores default routes and routes of the interfaces in `except`. */
export async function overlappingRoute(
  context: PresetContext,
  prefix: Prefix,
  except: readonly string[],
): Promise<{ prefix: string; interface: string } | null> {
  const routes = await ip<Route>(context, prefix.family === 6 ? '-6' : '-4', 'route', 'show', 'table', 'all');
  for (const { dst, dev = 'no interface' } of routes) {
    const theirs = parsePrefix(dst);
    if (theirs === null || theirs.length === 0 || except.includes(dev) || dev === 'lo') continue;
    if (isLinkLocal(theirs) || isMulticast(theirs)) continue;
    if (overlaps(prefix, theirs)) return { prefix: dst, interface: dev };
  }
  return null;
}

/** The interface of the default route; null if there is none. */
export async function defaultInterface(context: PresetContext, family: 4 | 6): Promise<string | null> {
  const [route] = await ip<Route>(context, `-${family}`, 'route', 'show', 'default');
  return route?.dev ?? null;
}

/**
 * Refuses if the host would not forward packets to a container. networkd enables forwarding for the whole host with the
 * first link that masquerades, but not for a link that does not, nor if its configuration disables it
 * (networkd.conf(5), IPv4Forwarding=).
 */
export async function requireForwarding(
  context: PresetContext,
  family: 4 | 6,
  link: 'masquerades' | 'routes',
): Promise<void> {
  if (await isForwarding(context, family)) return;
  const key = `IPv${family}Forwarding`;
  const isDenied = await networkdDenies(context, key);
  if (link === 'masquerades' && !isDenied) return;
  context.refuse(
    `IPv${family} forwarding is off on this host, so packets from other hosts do not reach the container.`,
    [
      isDenied
        ? `The configuration of networkd disables it. Remove ${key}=no ('systemd-analyze cat-config systemd/networkd.conf' shows where it is set).`
        : `Set ${key}=yes in the [Network] section of /etc/systemd/networkd.conf.`,
      "Then run 'systemctl restart systemd-networkd'.",
    ],
  );
}

/** Whether the kernel forwards packets. IPv6 has one switch for all links, IPv4 has one per link (ip-sysctl.rst). */
async function isForwarding(context: PresetContext, family: 4 | 6): Promise<boolean> {
  const link = family === 6 ? null : await defaultInterface(context, family);
  const path = join(context.root, 'proc/sys/net', `ipv${family}`, 'conf', link ?? 'all', 'forwarding');
  return (await readFile(path, 'utf8')).trim() !== '0';
}

async function networkdDenies(context: PresetContext, key: string): Promise<boolean> {
  const { stdout } = await context.exec(['systemd-analyze', 'cat-config', 'systemd/networkd.conf']);
  const values = [...stdout.matchAll(new RegExp(`^\\s*${key}\\s*=\\s*(\\S*)`, 'gm'))];
  return /^(?:no|false|off|0|n|f)$/i.test(values.at(-1)?.[1] ?? '');
}

export interface Listening {
  port: number;
  protocol: 'tcp' | 'udp';
}

/** Ports on which processes of the host listen. Leaves out loopback addresses, where forwarded ports do not answer. */
export async function listeningPorts(context: PresetContext): Promise<Listening[]> {
  const { stdout } = await context.exec(['ss', '--no-header', '--numeric', '--listening', '--tcp', '--udp']);
  return stdout.split('\n').flatMap((line) => {
    const [protocol, , , , local = ''] = line.trim().split(/\s+/);
    const match = /^(.*):(\d+)$/.exec(local);
    if ((protocol !== 'tcp' && protocol !== 'udp') || match?.[1] === undefined) return [];
    return isLoopback(match[1]) ? [] : [{ port: Number(match[2]), protocol }];
  });
}

const isLoopback = (address: string) =>
  /^(?:127\.|\[::1\]|\[::ffff:127\.)/.test(address) || /%lo$/.test(address);

const isLinkLocal = ({ family, network }: Prefix) =>
  family === 6 ? network >> 118n === 0x3fan : network >> 16n === 0xa9fen;
const isMulticast = ({ family, network }: Prefix) =>
  family === 6 ? network >> 120n === 0xffn : network >> 28n === 0xen;
