import type { Settings } from './settings.js';

/*
 * The order of containers: the options `after`, `wants` and `requires`.
 */

/** A container by name, with its settings; null if they cannot be read. */
export interface Ordered {
  readonly name: string;
  readonly settings: Settings | null;
}

/** Settings of containers by name. */
export type Orders = ReadonlyMap<string, Settings | null>;

export const ordersOf = (containers: readonly Ordered[]): Orders =>
  new Map(containers.map(({ name, settings }) => [name, settings]));

type Entries = Settings['after'];

const containersIn = (...lists: readonly Entries[]): string[] => [
  ...new Set(lists.flat().flatMap(({ container }) => (container === null ? [] : [container]))),
];

const unitsIn = (...lists: readonly Entries[]): string[] => [
  ...new Set(lists.flat().flatMap(({ container, unit }) => (container === null ? [unit] : []))),
];

/** The containers without which it does not run. */
export const requiredContainers = (settings: Settings | null): string[] =>
  settings === null ? [] : containersIn(settings.requires);

/** The containers that its start starts too. */
export const neededContainers = (settings: Settings | null): string[] =>
  settings === null ? [] : containersIn(settings.requires, settings.wants);

/** The units of the host that start before it, other than those of containers. */
export const earlierUnits = (settings: Settings | null): string[] =>
  settings === null ? [] : unitsIn(settings.requires, settings.wants, settings.after);

/** Those of them without which it does not start. */
export const requiredUnits = (settings: Settings | null): string[] =>
  settings === null ? [] : unitsIn(settings.requires);

/** The containers that start before it. */
export const earlierContainers = (settings: Settings | null): string[] =>
  settings === null ? [] : containersIn(settings.requires, settings.wants, settings.after);

/** The containers that do not run without this one, directly. */
export const dependentsOf = (name: string, orders: Orders): string[] =>
  [...orders].filter(([, settings]) => requiredContainers(settings).includes(name)).map(([other]) => other);

/** These names, and all that `next` leads to from them, each once. */
export function reachableFrom(names: readonly string[], next: (name: string) => readonly string[]): string[] {
  const found = new Set(names);
  // A set also visits what is added meanwhile.
  for (const name of found) for (const other of next(name)) found.add(other);
  return [...found];
}

/** A way from the container back to itself, as a list that begins and ends with it; null if there is none. */
export function cycleThrough(name: string, orders: Orders): string[] | null {
  const earlier = (container: string) => earlierContainers(orders.get(container) ?? null);
  /** How each container was reached. */
  const from = new Map<string, string>();
  const queue = [name];
  for (const container of queue) {
    for (const other of earlier(container)) {
      if (other === name) return [...wayTo(container, name, from), name];
      if (from.has(other)) continue;
      from.set(other, container);
      queue.push(other);
    }
  }
  return null;
}

function wayTo(end: string, start: string, from: ReadonlyMap<string, string>): string[] {
  const way = [end];
  for (let at = end; at !== start; ) {
    at = from.get(at) ?? start;
    way.unshift(at);
  }
  return way;
}
