import { isIP } from 'node:net';
import { readText } from '../base/files.js';
import { run } from '../base/process.js';
import { findProgram } from '../base/programs.js';

/**
 * Makes the host's kernel resolve the address again. If a client kept asking while a container was down, the kernel has
 * a stale entry, which it retries only after up to a second (arp(7), retrans_time).
 */
export async function forgetNeighbour(address: string): Promise<void> {
  // Without iproute2 the entry expires by itself, a little later.
  if (isIP(address) === 0 || !(await hasEntry(address)) || (await findProgram('ip')) === null) return;
  await run(['ip', 'neighbour', 'flush', 'to', address]);
}

/**
 * Whether the kernel has an entry for an IPv4 address (proc_pid_net(5), arp). The table has no IPv6 addresses, for which
 * the answer is always true.
 */
async function hasEntry(address: string): Promise<boolean> {
  const table = isIP(address) === 4 ? await readText('/proc/net/arp') : null;
  return table === null || table.split('\n').some((line) => line.startsWith(`${address} `));
}
