import type { Layout } from '../host/layout.js';

/** Something that can be found out about a host. It is defined once, and each check that needs it names it. */
export interface Fact<T> {
  gather: (look: Look) => T | Promise<T>;
}

export const fact = <T>(gather: Fact<T>['gather']): Fact<T> => ({ gather });

/** Another way to gather a fact. */
export type Instead = readonly [Fact<unknown>, Fact<unknown>['gather']];

/** @returns a replacement for how `of` is gathered */
export const instead = <T>(of: Fact<T>, gather: Fact<T>['gather']): Instead => [of, gather];

/** One examination of a host: each fact is gathered when the first check asks for it, and then kept. */
export class Look {
  readonly #seen = new Map<Fact<unknown>, Promise<unknown>>();
  readonly #instead: ReadonlyMap<Fact<unknown>, Fact<unknown>['gather']>;

  constructor(
    readonly layout: Layout,
    readonly signal: AbortSignal,
    replacements: readonly Instead[] = [],
  ) {
    this.#instead = new Map(replacements);
  }

  at<T>(wanted: Fact<T>): Promise<T> {
    const known = this.#seen.get(wanted);
    // The map's value for a fact is the result of gathering that fact, so it has this type.
    if (known !== undefined) return known as Promise<T>;
    const gather = (this.#instead.get(wanted) ?? wanted.gather) as Fact<T>['gather'];
    const gathered = Promise.resolve(this).then(gather);
    this.#seen.set(wanted, gathered);
    return gathered;
  }

  /** Gathers several facts in parallel. */
  async all<V extends object>(wanted: { [K in keyof V]: Fact<V[K]> }): Promise<V> {
    const names = Object.keys(wanted) as (keyof V)[];
    const values = await Promise.all(names.map(async (name) => [name, await this.at(wanted[name])] as const));
    return Object.fromEntries(values) as V;
  }
}
