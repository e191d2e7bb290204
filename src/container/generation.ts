/** One entry of a container's Nix profile: `system-N-link` -> a closure in the store. */
export interface Generation {
  /** Counted from 1 by Nix; never used twice within one profile. */
  number: number;
  /** The closure's store path. */
  path: string;
  /** When the link was made. */
  created: Date;
}

/** The number of a profile's link by its file name; null for any other file. */
export function generationNumber(fileName: string): number | null {
  const match = /^system-([1-9][0-9]{0,9})-link$/.exec(fileName);
  return match?.[1] === undefined ? null : Number(match[1]);
}

export const generationLink = (number: number): string => `system-${number}-link`;

/** Where a rollback of one generation goes: the newest recorded one before the current; null where there is none. */
export function previousGeneration<T extends Pick<Generation, 'number'>>(
  generations: readonly T[],
  current: number,
): T | null {
  const earlier = generations.filter(({ number }) => number < current);
  return earlier.reduce<T | null>(
    (newest, candidate) => (newest === null || candidate.number > newest.number ? candidate : newest),
    null,
  );
}
