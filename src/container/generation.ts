/** One entry of a container's Nix profile: `system-N-link` -> a closure in the store. */
export interface Generation {
  /** Starts at 1. Nix adds 1 to the highest number in the profile, so the number of a deleted generation can return. */
  readonly number: number;
  /** The closure's store path. */
  readonly path: string;
  /** When the link was created. */
  readonly created: Date;
}

/** The number in the file name of a profile's link; null for any other file. */
export function generationNumber(fileName: string): number | null {
  const match = /^system-([1-9][0-9]{0,9})-link$/.exec(fileName);
  return match?.[1] === undefined ? null : Number(match[1]);
}

export const generationLink = (number: number): string => `system-${number}-link`;
