import { expectedMappings, leadsTo } from '../doctor/firewall/forwarding.js';
import type { PortMapping } from '../doctor/firewall/model.js';
import { parseRuleset } from '../doctor/firewall/nftables.js';
import { NspawnError } from '../errors/nspawn-error.js';
import type { Container } from '../host/container.js';
import { nftForwardedPorts } from '../host/packet-filter.js';
import type { Machine } from '../systemd/registered-machines.js';

/**
 * Which ports of the host lead to the running container, like `tcp 8080`; null if this cannot be known. Only root can
 * see the kernel's packet filter, and a container without an address has no forwarded ports yet.
 */
export async function livePorts(
  container: Container,
  machine: Machine | null,
  signal: AbortSignal,
): Promise<ReadonlySet<string> | null> {
  const expected = expectedMappings({ container, machine });
  if (expected.length === 0 || process.geteuid?.() !== 0) return null;
  const families = [...new Set(expected.map(({ family }) => family))];
  const known = await mappings(families, signal);
  if (known === null) return null;
  const dead = expected.filter((mapping) => !known.some((is) => leadsTo(mapping, is))).map(keyOf);
  return new Set(expected.map(keyOf).filter((key) => !dead.includes(key)));
}

async function mappings(
  families: readonly ('ip' | 'ip6')[],
  signal: AbortSignal,
): Promise<PortMapping[] | null> {
  try {
    const tables = await Promise.all(families.map((family) => nftForwardedPorts(family, { signal })));
    return tables.flatMap((table) => (table === null ? [] : parseRuleset(table).forwarded));
  } catch (error) {
    // There is no nft, or systemd forwards with iptables and nft fails. doctor shows the details.
    if (!(error instanceof NspawnError) || signal.aborted) throw error;
    return null;
  }
}

const keyOf = ({ protocol, port }: { protocol: string; port: number }) => `${protocol} ${port}`;
