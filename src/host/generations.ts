import { readlinkSync } from 'node:fs';
import { lstat, readlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { entries } from '../base/files.js';
import { generationLink, generationNumber } from '../container/generation.js';
import { Profile } from '../container/profile.js';
import { isErrno, isMissing } from '../errors/system-calls.js';

/** Reads a profile from its links alone, without starting a Nix process or taking a Nix lock. */
export async function readProfile(profile: string): Promise<Profile> {
  const directory = dirname(profile);
  const names = await entries(directory);
  const current = currentGeneration(profile);
  const numbers = names.map(generationNumber).filter((number) => number !== null);
  const generations = await Promise.all(
    numbers.map(async (number) => {
      const link = join(directory, generationLink(number));
      const [path, stat] = await Promise.all([readlink(link), lstat(link)]);
      return { number, path, created: stat.mtime };
    }),
  );
  return new Profile(generations, current);
}

/** The number of the generation that the profile points at; null if there is none. */
export function currentGeneration(profile: string): number | null {
  try {
    return generationNumber(basename(readlinkSync(profile)));
  } catch (error) {
    if (isMissing(error) || (isErrno(error) && error.code === 'EINVAL')) return null;
    throw error;
  }
}
