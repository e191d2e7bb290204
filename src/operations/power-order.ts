import { isStoredName } from '../container/name.js';
import {
  cycleThrough,
  dependentsOf,
  earlierContainers,
  neededContainers,
  type Orders,
  reachableFrom,
  requiredContainers,
} from '../container/order.js';
import type { Settings } from '../container/settings.js';
import { findContainer } from '../host/inventory.js';
import type { Layout } from '../host/layout.js';
import { findMachine } from '../systemd/registered-machines.js';
import type { Context } from './context.js';
import { ordersOn, runningDependents } from './order.js';

export type PowerVerb = 'start' | 'stop' | 'restart' | 'kill';

/**
 * - `restart-along`: systemd restarts it together with a container that it requires. The tool waits for that.
 */
export type PowerTask = PowerVerb | 'restart-along';

/** Which containers a power command concerns, and in which order. */
export interface PowerOrder {
  /** What to do with each container: first those that were named, in this order. */
  readonly tasks: ReadonlyMap<string, PowerTask>;
  /** The containers whose task must have ended before that of this one begins. */
  readonly before: (name: string) => readonly string[];
  /** The containers of the command without which this one does not run. */
  readonly required: (name: string) => readonly string[];
  /** What to do with it if the task failed for one that it requires; null if nothing. */
  readonly alone: (name: string) => PowerTask | null;
  /** The containers that this one starts after, although they start after it. */
  readonly circular: (name: string) => readonly string[];
}

/** Each container for itself. */
export const withoutOrder = (verb: PowerVerb, names: readonly string[]): PowerOrder => ({
  tasks: new Map(names.map((name) => [name, verb])),
  before: () => [],
  required: () => [],
  alone: () => verb,
  circular: () => [],
});

/** A start also starts what the containers need, as systemd would do: so that this tool prepares and checks it. */
export async function startOrder(names: readonly string[], context: Context): Promise<PowerOrder> {
  const orders = await ordersFrom(names, context.layout);
  const needed = await stopped(reachableFrom(names, needs(orders)), names, orders, context);
  return starting(new Map([...names, ...needed].map((name) => [name, 'start'])), orders, () => 'start');
}

/** systemd also restarts the running containers that require a restarted one, and starts what it needs. */
export async function restartOrder(names: readonly string[], context: Context): Promise<PowerOrder> {
  const orders = await ordersOn(context.layout);
  const along = new Set(
    (await Promise.all(names.map((name) => runningDependents(name, context, orders)))).flat(),
  );
  const all = [...new Set([...names, ...along])];
  const needed = await stopped(reachableFrom(all, needs(orders)), all, orders, context);
  return starting(
    new Map([
      ...all.map((name) => [name, along.has(name) ? 'restart-along' : 'restart'] as const),
      ...needed.map((name) => [name, 'start'] as const),
    ]),
    orders,
    (name) => (names.includes(name) ? 'restart' : null),
  );
}

/** A container stops after those that require it. */
export async function stopOrder(
  verb: 'stop' | 'kill',
  names: readonly string[],
  withDependents: boolean,
  context: Context,
): Promise<PowerOrder> {
  const orders = await ordersOn(context.layout);
  const dependents = withDependents
    ? (await Promise.all(names.map((name) => runningDependents(name, context, orders)))).flat()
    : [];
  const all = [...new Set([...names, ...dependents])];
  return {
    tasks: new Map(all.map((name) => [name, verb])),
    before: (name) => dependentsOf(name, orders).filter((other) => all.includes(other)),
    required: () => [],
    alone: () => verb,
    circular: (name) => cycleThrough(name, orders) ?? [],
  };
}

/** systemd restarts these containers together with one that they require. */
export async function alongOrder(names: readonly string[], { layout }: Context): Promise<PowerOrder> {
  return starting(
    new Map(names.map((name) => [name, 'restart-along'])),
    await ordersOn(layout),
    () => 'restart-along',
  );
}

function starting(
  tasks: ReadonlyMap<string, PowerTask>,
  orders: Orders,
  alone: PowerOrder['alone'],
): PowerOrder {
  const among = (names: readonly string[]) => names.filter((other) => tasks.has(other));
  return {
    tasks,
    before: (name) => among(earlierContainers(orders.get(name) ?? null)),
    required: (name) => among(requiredContainers(orders.get(name) ?? null)),
    alone,
    circular: (name) => cycleThrough(name, orders) ?? [],
  };
}

const needs = (orders: Orders) => (name: string) => neededContainers(orders.get(name) ?? null);

/** Of these containers, those that exist, do not run, and are not `named`. */
async function stopped(
  names: readonly string[],
  named: readonly string[],
  orders: Orders,
  context: Context,
): Promise<string[]> {
  const others = names.filter((name) => !named.includes(name) && (orders.get(name) ?? null) !== null);
  const machines = await Promise.all(others.map((name) => findMachine(name, context)));
  return others.filter((_, index) => machines[index] === null);
}

/** The settings of these containers and of all that they need, without a look at the others. */
async function ordersFrom(names: readonly string[], layout: Layout): Promise<Orders> {
  const orders = new Map<string, Settings | null>();
  const queue = [...names];
  for (const name of queue) {
    if (orders.has(name) || !isStoredName(name)) continue;
    const container = await findContainer(layout, name);
    if (container === null) continue;
    orders.set(name, container.settings);
    queue.push(...earlierContainers(container.settings));
  }
  return orders;
}
