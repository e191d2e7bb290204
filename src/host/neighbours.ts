import { isIP } from 'node:net';
import { run } from '../base/process.js';
import { findProgram } from '../base/programs.js';

/**
 * Makes the host's kernel resolve the address again. If a client kept asking while a container was down, the kernel has
 * a stale entry, which it retries only after up to a second (arp(7), retrans_time).
 */
export async function forgetNeighbour(address: string): Promise<void> {
  // Without iproute2 the entry expires by itself, a little later.
  if (isIP(address) === 0 || (await findProgram('ip')) === null) return;
  await run(['ip', 'neighbour', 'flush', 'to', address]);
}
