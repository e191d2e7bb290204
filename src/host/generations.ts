import { lstat, readlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Generation, generationNumber } from '../container/generation.js';
import { isMissing } from '../errors.js';
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
  const [names, current] = await Promise.all([entries(directory), currentGeneration(profile)]);
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
export async function currentGeneration(profile: string): Promise<number | null> {
  const target = await linkTarget(profile);
  return target === null ? null : generationNumber(basename(target));
}

async function linkTarget(path: string): Promise<string | null> {
  try {
    return await readlink(path);
  } catch (error) {
    if (isMissing(error) || (error as NodeJS.ErrnoException).code === 'EINVAL') return null;
    throw error;
  }
}
