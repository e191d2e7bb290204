import { isIP } from 'node:net';
import { run } from '../base/process.js';
import { findProgram } from '../base/programs.js';

/**
 * Has the host's kernel look anew for whoever has the address. While a container was away, a client that kept asking
 * left an entry behind that is tried again only after up to a second (arp(7), retrans_time).
 */
export async function forgetNeighbour(address: string): Promise<void> {
  // Without iproute2 the entry goes by itself, a little later.
  if (isIP(address) === 0 || (await findProgram('ip')) === null) return;
  await run(['ip', 'neighbour', 'flush', 'to', address]);
}
