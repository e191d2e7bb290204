import { setTimeout as delay } from 'node:timers/promises';
import type { ContainerName } from '../container/name.js';
import { type PromisedAddresses, promisedAddresses } from '../container/promised-addresses.js';
import { NspawnError } from '../errors/nspawn-error.js';
import { forgetNeighbour } from '../host/neighbours.js';
import type { Act, Task } from '../pipeline/steps.js';
import { addressesOf, canonicalAddress, isLinkLocal } from '../systemd/addresses.js';
import { type ContainerNetwork, containerNetwork, reconfigureLink } from '../systemd/container-network.js';
import { machineLeader, registrationOf } from '../systemd/registered-machines.js';
import { actAfterwards } from './afterwards.js';
import type { Scene } from './operation.js';

/** Milliseconds between two checks of /proc. */
const BETWEEN_LOOKS = 50;

/**
 * Requests the DHCP lease immediately if a container that has just become ready is still waiting for it. Do this before
 * anything else that follows a start: otherwise, the address can arrive up to four seconds later.
 */
export async function hastenLease(name: ContainerName, signal?: AbortSignal): Promise<void> {
  const leader = await machineLeader(name, { signal });
  const network = leader === null ? null : await containerNetwork(leader);
  if (network === null || network.management !== 'managed' || !lacksLease(network)) return;
  // If the container does not accept the call, it gets its lease without this help.
  await reconfigureLink(name, network.index, { signal });
}

/**
 * Runs a start or restart of the container. Meanwhile, waits for the container's addresses, so that clients on the host
 * which kept asking reach it as soon as it has one. It can have one long before it reports that it is ready.
 */
export async function reachableSoon<T>(name: ContainerName, start: () => Promise<T>): Promise<T> {
  const over = new AbortController();
  const watching = forgetNeighboursOf(name, registrationOf(name), over.signal);
  try {
    return await start();
  } finally {
    over.abort();
    await watching;
  }
}

/** @param former the registration of the container's previous run */
async function forgetNeighboursOf(
  name: ContainerName,
  former: string | null,
  over: AbortSignal,
): Promise<void> {
  const forgotten = new Set<string>();
  let run: { registration: string | null; leader: number | null } = { registration: former, leader: null };
  try {
    for (;;) {
      await delay(BETWEEN_LOOKS, undefined, { signal: over }).catch(() => undefined);
      if (over.aborted) return;
      const registration = registrationOf(name);
      if (registration === null) continue;
      if (registration !== run.registration)
        run = { registration, leader: await machineLeader(name, { signal: over }) };
      const addresses = run.leader === null ? [] : addressesOf(run.leader);
      for (const address of addresses.filter((each) => !isLinkLocal(each) && !forgotten.has(each))) {
        forgotten.add(address);
        await forgetNeighbour(address);
      }
    }
  } catch (error) {
    // The step that waits for the addresses does the same later, and shows errors.
    if (!(error instanceof NspawnError)) throw error;
  }
}

/**
 * The step that waits until a running container has the addresses that its own networkd is configured for. They arrive
 * after its READY. If they do not arrive in time, the step only warns: the container is running and the change is kept.
 *
 * @returns null if there is nothing to wait for
 */
async function onlineAct({ context, places: { name } }: Scene): Promise<Act<Scene> | null> {
  const { signal, waitOnline } = context;
  const leader = await machineLeader(name, { signal });
  if (leader === null) return null;
  const first = await look(leader);
  if (waitOnline === 0 || first.missing === null) {
    await forgetNeighbours(first.addresses);
    return null;
  }
  return {
    id: 'wait-online',
    title: 'Wait for the address',
    run: async (_, task) => {
      const missing = await untilOnline(leader, waitOnline, task);
      if (missing === null) return;
      context.listener({
        container: name,
        type: 'warning',
        code: 'no-address',
        message: `'${name}' is running, but did not get ${missing} within ${waitOnline} s. 'nixos-nspawn doctor' looks for the cause on the host. 'nixos-nspawn run ${name} -- networkctl status host0' shows the link in the container.`,
      });
    },
  };
}

/** Waits for the container's addresses after a committed start, as long as the caller wants. */
export async function waitUntilOnline(scene: Scene, operation: string): Promise<void> {
  // Containers in another root do not run.
  if (scene.context.layout.root !== '/') return;
  const act = await onlineAct(scene);
  if (act !== null) await actAfterwards([act], scene, operation);
}

/** @returns null once all addresses exist, or what is missing when the time is over */
async function untilOnline(
  leader: number,
  seconds: number,
  { signal, progress }: Task,
): Promise<string | null> {
  const started = performance.now();
  for (;;) {
    const { missing, addresses } = await look(leader);
    if (missing === null) {
      await forgetNeighbours(addresses);
      return null;
    }
    if (signal.aborted || performance.now() - started >= seconds * 1000) return missing;
    progress(`waiting for ${missing}`);
    await delay(BETWEEN_LOOKS);
  }
}

/** A link-local address may belong to several links. */
const forgetNeighbours = (addresses: readonly string[]) =>
  Promise.all(addresses.filter((address) => !isLinkLocal(address)).map(forgetNeighbour));

/** What the container still lacks of what its configuration promises, in words, and the addresses that it has. */
async function look(leader: number): Promise<{ missing: string | null; addresses: readonly string[] }> {
  const network = await containerNetwork(leader);
  // It has ended, it has no link of its own, or its networkd does not manage the link.
  if (network === null || network.management === 'none') return { missing: null, addresses: [] };
  const { management, files, addresses } = network;
  if (management === 'pending') return { missing: 'a configured link', addresses };
  if (management === 'failed')
    return { missing: 'a configured link (its networkd failed to configure it)', addresses };
  const { fixed } = promised(network);
  const absent = fixed.filter((address) => !addresses.includes(canonicalAddress(address)));
  if (absent.length > 0) return { missing: `its address ${absent.join(', ')}`, addresses };
  return { missing: files.length > 0 && lacksLease(network) ? 'an IPv4 address by DHCP' : null, addresses };
}

const promised = ({ files }: ContainerNetwork): PromisedAddresses => promisedAddresses(files);

/** While networkd waits for a lease, or checks whether another machine has its address, it may have a link-local one. */
const lacksLease = (network: ContainerNetwork) =>
  promised(network).lease &&
  !network.addresses.some((address) => !address.includes(':') && !isLinkLocal(address));
