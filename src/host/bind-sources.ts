import { lstat, readlink, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { isErrno, isMissing } from '../errors/system-calls.js';

/** Why a path cannot be mounted from. `why` is the end of a sentence. */
export interface MissingSource {
  path: string;
  why: string;
  /** The path itself, or the target of its link. */
  place: string;
}

/** Returns the paths that lead to nothing. Like mount(2), it follows links. */
export async function missingSources(paths: readonly string[]): Promise<MissingSource[]> {
  const missing = await Promise.all(
    paths.map(async (path) => {
      const code = await whyUnreachable(path);
      // systemd runs as root, so it may see a path that this user cannot see.
      if (code === null || (code === 'EACCES' && process.geteuid?.() !== 0)) return null;
      const place = await linkedPlace(path);
      if (code === 'EACCES') return { path, place, why: 'is not accessible (EACCES)' };
      if (code === 'ELOOP') return { path, place, why: 'is a loop of symbolic links' };
      const why = place === path ? 'does not exist' : `is a link to ${place}, which does not exist`;
      return { path, place, why };
    }),
  );
  return missing.filter((source) => source !== null);
}

async function whyUnreachable(path: string): Promise<string | null> {
  try {
    await stat(path);
    return null;
  } catch (error) {
    if (isMissing(error)) return 'ENOENT';
    if (isErrno(error) && error.code !== undefined) return error.code;
    throw error;
  }
}

/** How many links in a row the kernel follows (path_resolution(7)). */
const LINKS = 40;

/** The final target of a link, even if nothing is there. */
async function linkedPlace(path: string): Promise<string> {
  let place = path;
  for (let links = 0; links < LINKS; links += 1) {
    try {
      if (!(await lstat(place)).isSymbolicLink()) return place;
      place = resolve(dirname(place), await readlink(place));
    } catch (error) {
      if (isErrno(error)) return place;
      throw error;
    }
  }
  return path;
}
