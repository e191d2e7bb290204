import { readlinkSync } from 'node:fs';
import { lstat, readlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Generation, generationNumber } from '../container/generation.js';
import { isErrno, isMissing } from '../errors.js';
import { entries } from './files.js';

export interface ProfileState {
  /** Oldest first. */
  generations: Generation[];
  /** The number the profile points at; null where there is no profile. */
  current: number | null;
}

/** A profile's generations, from its links alone: no Nix process and no lock of Nix. */
export async function readProfile(profile: string): Promise<ProfileState> {
  const directory = dirname(profile);
  const names = await entries(directory);
  const current = currentGeneration(profile);
  const numbers = names.map(generationNumber).filter((number) => number !== null);
  const generations = await Promise.all(
    numbers
      .sort((a, b) => a - b)
      .map(async (number) => {
        const link = join(directory, `system-${number}-link`);
        const [path, stat] = await Promise.all([readlink(link), lstat(link)]);
        return { number, path, created: stat.mtime };
      }),
  );
  return { generations, current };
}

/** The number of the generation that the profile points at; null where there is none. */
export function currentGeneration(profile: string): number | null {
  try {
    return generationNumber(basename(readlinkSync(profile)));
  } catch (error) {
    if (isMissing(error) || (isErrno(error) && error.code === 'EINVAL')) return null;
    throw error;
  }
}
