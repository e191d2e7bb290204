import type { Generation } from './generation.js';

/** The generations of a container, as recorded in its Nix profile at one moment. */
export class Profile {
  /** Oldest first. */
  readonly generations: readonly Generation[];
  /**
   * The number that the profile's own link names; null if there is no profile. The generation with this number may be
   * missing: `current` is null then.
   */
  readonly currentNumber: number | null;

  constructor(generations: readonly Generation[], currentNumber: number | null) {
    this.generations = [...generations].sort((a, b) => a.number - b.number);
    this.currentNumber = currentNumber;
  }

  /** The generation that the next start uses; null if there is none. */
  get current(): Generation | null {
    return this.currentNumber === null ? null : this.at(this.currentNumber);
  }

  /** The generation that a rollback returns to; null if there is none. */
  get previous(): Generation | null {
    return this.currentNumber === null ? null : this.before(this.currentNumber);
  }

  get newest(): Generation | null {
    return this.generations.at(-1) ?? null;
  }

  get newestFirst(): Generation[] {
    return [...this.generations].reverse();
  }

  /** The recorded numbers, in ascending order. */
  get numbers(): number[] {
    return this.generations.map(({ number }) => number);
  }

  /** The generation with this number; null if it is not recorded. */
  at(number: number): Generation | null {
    return this.generations.find((generation) => generation.number === number) ?? null;
  }

  /** The newest generation that is older than this number; null if there is none. */
  before(number: number): Generation | null {
    return this.generations.findLast((generation) => generation.number < number) ?? null;
  }
}
