import { readFileSync, statSync } from 'node:fs';
import { isErrno, isMissing } from '../errors/system-calls.js';

/** IFA_F_TENTATIVE and IFA_F_DADFAILED of linux/if_addr.h: the address is not usable yet, or never will be. */
const UNUSABLE = 0x48;
/** IFA_F_DEPRECATED: machined leaves such addresses out. */
const DEPRECATED = 0x20;

/**
 * The addresses at which a container can be reached, in order. Reads the kernel's tables of its network namespace, where
 * machined would start a process for each container.
 *
 * @param leader the process id of the container's init, as seen by the host
 * @returns an empty list if the container has ended, or uses the host's network
 */
export function addressesOf(leader: number): string[] {
  const table = (pid: number | 'self', name: string) => `/proc/${pid}/net/${name}`;
  try {
    // Each network namespace has its own file, so the numbers are the same if the container has no network of its own.
    // Unlike the links in /proc/PID/ns, everybody may read them.
    const [own, hosts] = [statSync(table(leader, 'fib_trie')), statSync(table('self', 'fib_trie'))];
    if (own.ino === hosts.ino) return [];
    return inOrder([
      ...ipv4In(readFileSync(table(leader, 'fib_trie'), 'utf8')),
      ...ipv6In(ipv6Table(table(leader, 'if_inet6')), UNUSABLE | DEPRECATED),
    ]);
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

/** A kernel without IPv6 has no such file. */
function ipv6Table(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return '';
    throw error;
  }
}

/** The process has ended, or this user may not see it. */
const isGone = (error: unknown) =>
  isMissing(error) || (isErrno(error) && ['ESRCH', 'EACCES', 'EINVAL'].includes(error.code ?? ''));

/**
 * The IPv4 addresses in fib_trie, without loopback. Each local address is a leaf of the routing tables:
 * `|-- 10.0.0.2`, followed by `/32 host LOCAL`.
 */
export function ipv4In(trie: string): string[] {
  const all = [...trie.matchAll(/\|-- ([\d.]+)\n\s+\/32 host LOCAL/g)].map(([, address = '']) => address);
  return [...new Set(all)].filter((address) => !address.startsWith('127.'));
}

/**
 * The IPv6 addresses in if_inet6, without loopback. A line has address, interface, prefix length, scope and flags:
 * `fd12…7e4c 02 40 00 80 host0`.
 *
 * @param without flags of addresses that are left out
 */
export function ipv6In(table: string, without: number = UNUSABLE): string[] {
  return table.split('\n').flatMap((line) => {
    const [address = '', , , scope, flags] = line.trim().split(/\s+/);
    const isLeftOut = (Number.parseInt(flags ?? '', 16) & without) !== 0;
    // 10: loopback.
    return address.length !== 32 || scope === '10' || isLeftOut
      ? []
      : [canonicalAddress(address.replace(/(.{4})(?!$)/g, '$1:'))];
  });
}

/** IPv4 first, link-local addresses last. */
export const inOrder = (addresses: readonly string[]): string[] =>
  addresses.toSorted((a, b) => rank(a) - rank(b));

const rank = (address: string) => (isLinkLocal(address) ? 2 : 0) + (address.includes(':') ? 1 : 0);

/** Addresses that are only valid on one link (RFC 3927, RFC 4291). */
export const isLinkLocal = (address: string) => /^(?:169\.254\.|fe[89ab][0-9a-f]:)/i.test(address);

/** Normalizes the spelling of an address, so that two addresses can be compared. */
export function canonicalAddress(address: string): string {
  if (!address.includes(':')) return address;
  const url = `http://[${address}]`;
  return URL.canParse(url) ? new URL(url).hostname.slice(1, -1) : address;
}
