import type { ContainerName } from '../container/name.js';
import {
  cycleThrough,
  dependentsOf,
  earlierContainers,
  earlierUnits,
  type Orders,
  ordersOf,
  reachableFrom,
  requiredContainers,
  requiredUnits,
} from '../container/order.js';
import type { Settings } from '../container/settings.js';
import { neededByOthers, orderCycle, requiredUnitMissing, requirementMissing } from '../errors/order.js';
import { findContainers } from '../host/inventory.js';
import { containerPlaces, type Layout } from '../host/layout.js';
import { findMachine } from '../systemd/registered-machines.js';
import { AUTOSTART_UNIT } from '../systemd/unit-files.js';
import { namedUnits, wayToEarlier } from '../systemd/unit-order.js';
import type { Context } from './context.js';

/**
 * Checks that systemd can start a container with these settings after all that it names. systemd itself would break a
 * cycle by leaving out one of the units, and would report a missing one as a failed start.
 *
 * @throws NspawnError `order-cycle`, `requirement-missing`
 */
export async function requireOrder(
  name: ContainerName,
  settings: Settings | null,
  context: Pick<Context, 'layout' | 'signal'>,
): Promise<void> {
  if (earlierContainers(settings).length > 0) {
    const orders = new Map(await ordersOn(context.layout)).set(name, settings);
    const cycle = cycleThrough(name, orders);
    if (cycle !== null) throw orderCycle(cycle);
    const missing = requiredContainers(settings).find((other) => !orders.has(other));
    if (missing !== undefined) throw requirementMissing(name, missing);
  }
  if (earlierUnits(settings).length > 0) await requireUnits(name, settings, context);
}

/** The same for units of the host that are not containers. */
async function requireUnits(
  name: ContainerName,
  settings: Settings | null,
  { layout, signal }: Pick<Context, 'layout' | 'signal'>,
): Promise<void> {
  // Containers in another root have no host whose systemd could be asked.
  if (layout.root !== '/') return;
  const units = await namedUnits(earlierUnits(settings), { signal });
  const missing = units.find(
    ({ asked, load }) => requiredUnits(settings).includes(asked) && ['not-found', 'masked'].includes(load),
  );
  if (missing !== undefined) throw requiredUnitMissing(name, missing.asked, missing.load);
  const { service } = containerPlaces(layout, name);
  const way = await wayToEarlier(
    units.map(({ id }) => id),
    // At boot, this unit waits for the containers that it starts, although systemd knows no order between them.
    settings?.declarative ? [service] : [service, AUTOSTART_UNIT],
    { signal },
  );
  if (way !== null) throw orderCycle([name, ...way.filter((unit) => unit !== service), name]);
}

export const ordersOn = async (layout: Layout): Promise<Orders> => ordersOf(await findContainers(layout));

/** The running containers that stop and restart with this one, directly or because one of them requires another. */
export async function runningDependents(
  name: string,
  { layout, signal }: Pick<Context, 'layout' | 'signal'>,
  orders?: Orders,
): Promise<string[]> {
  const known = orders ?? (await ordersOn(layout));
  const candidates = reachableFrom([name], (other) => dependentsOf(other, known)).slice(1);
  const machines = await Promise.all(candidates.map((other) => findMachine(other, { signal })));
  return candidates.filter((_, index) => machines[index] !== null);
}

/**
 * Checks that no running container requires this one.
 *
 * @param besides containers that will have been stopped by then
 * @throws NspawnError `needed-by-others`
 */
export async function requireUnneeded(
  name: string,
  context: Pick<Context, 'layout' | 'signal'>,
  { besides = [], verb = 'stop' }: { besides?: readonly string[]; verb?: 'stop' | 'kill' } = {},
): Promise<void> {
  const dependents = (await runningDependents(name, context)).filter((other) => !besides.includes(other));
  if (dependents.length > 0) throw neededByOthers(name, dependents, verb);
}
