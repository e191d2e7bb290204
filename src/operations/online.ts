import { setTimeout as delay } from 'node:timers/promises';
import type { ContainerName } from '../container/name.js';
import { type PromisedAddresses, promisedAddresses } from '../container/promised-addresses.js';
import { forgetNeighbour } from '../host/neighbours.js';
import type { Act, Task } from '../pipeline/steps.js';
import {
  type ContainerNetwork,
  canonicalAddress,
  containerNetwork,
  reconfigureLink,
} from '../systemd/container-network.js';
import { machineLeader } from '../systemd/leader.js';
import { actAfterwards } from './afterwards.js';
import type { Scene } from './operation.js';

/** Milliseconds between two looks below /proc. */
const BETWEEN_LOOKS = 50;

/**
 * Asks at once for the lease that a container which has just become ready still waits for. It is worth the call before
 * whatever follows a start: without it, the address comes up to four seconds later.
 */
export async function hastenLease(name: ContainerName, signal?: AbortSignal): Promise<void> {
  const leader = await machineLeader(name, { signal });
  const network = leader === null ? null : await containerNetwork(leader);
  if (network === null || network.management !== 'managed' || !lacksLease(network)) return;
  // One that does not take the call gets its lease in its own time.
  await reconfigureLink(name, network.index, { signal });
}

/**
 * The step that waits until a running container has the addresses that its own networkd is configured for. They come
 * after its READY. If they do not come in time, it only warns: the container runs and the change stands.
 *
 * @returns null if there is nothing to wait for
 */
async function onlineAct({ context, places: { name } }: Scene): Promise<Act<Scene> | null> {
  const { signal, waitOnline } = context;
  const leader = await machineLeader(name, { signal });
  if (leader === null) return null;
  const first = await look(leader);
  if (waitOnline === 0 || first.missing === null) {
    await Promise.all(first.addresses.map(forgetNeighbour));
    return null;
  }
  return {
    title: 'Wait for its address',
    run: async (_, task) => {
      const missing = await untilOnline(leader, waitOnline, task);
      if (missing === null) return;
      context.listener({
        container: name,
        type: 'warning',
        code: 'no-address',
        message: `'${name}' runs, but has not got ${missing} within ${waitOnline} s. 'nixos-nspawn doctor' looks for the cause on the host, 'nixos-nspawn run ${name} -- networkctl status host0' shows the container's side.`,
      });
    },
  };
}

/** After a start that stands: waits for the container's addresses, as long as the caller wants to. */
export async function waitUntilOnline(scene: Scene, operation: string): Promise<void> {
  // Another root's containers do not run.
  if (scene.context.layout.root !== '/') return;
  const act = await onlineAct(scene);
  if (act !== null) await actAfterwards([act], scene, operation);
}

/** @returns null once all is there, else what is missing at the end of the time */
async function untilOnline(
  leader: number,
  seconds: number,
  { signal, progress }: Task,
): Promise<string | null> {
  const started = performance.now();
  for (;;) {
    const { missing, addresses } = await look(leader);
    if (missing === null) {
      await Promise.all(addresses.map(forgetNeighbour));
      return null;
    }
    if (signal.aborted || performance.now() - started >= seconds * 1000) return missing;
    progress(`waits for ${missing}`);
    await delay(BETWEEN_LOOKS);
  }
}

/** What a container's configuration promises and it has not got yet, in words; and the addresses that it has. */
async function look(leader: number): Promise<{ missing: string | null; addresses: readonly string[] }> {
  const network = await containerNetwork(leader);
  // It ended, has no link of its own, or nobody in it configures one that could be known here.
  if (network === null || network.management === 'none') return { missing: null, addresses: [] };
  const { management, files, addresses } = network;
  if (management === 'pending') return { missing: 'its link configured', addresses };
  if (management === 'failed') return { missing: 'its link configured: its networkd failed to', addresses };
  const { fixed } = promised(network);
  const absent = fixed.filter((address) => !addresses.includes(canonicalAddress(address)));
  if (absent.length > 0) return { missing: `its address ${absent.join(', ')}`, addresses };
  return { missing: files.length > 0 && lacksLease(network) ? 'an IPv4 address by DHCP' : null, addresses };
}

const promised = ({ files }: ContainerNetwork): PromisedAddresses => promisedAddresses(files);

const lacksLease = (network: ContainerNetwork) =>
  promised(network).lease && !network.addresses.some((address) => !address.includes(':'));
