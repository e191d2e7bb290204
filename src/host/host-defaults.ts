import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { isPresent } from '../base/files.js';
import { defaultsUnreadable } from '../errors/places.js';
import { isErrno, isMissing } from '../errors/system-calls.js';
import type { Layout } from './layout.js';

/** The file with the host's defaults for containers; null if there is none. */
export async function hostDefaults({ defaultsFile }: Layout): Promise<string | null> {
  return (await isPresent(defaultsFile)) ? defaultsFile : null;
}

/**
 * The same for a build, if Nix can read the file. Nix would block on a pipe, and its error for a directory would name a
 * file in that directory.
 *
 * @throws NspawnError `no-such-file`
 */
export async function readableHostDefaults(layout: Layout): Promise<string | null> {
  const file = await hostDefaults(layout);
  if (file === null) return null;
  const why = await obstacle(file);
  if (why !== null) throw defaultsUnreadable(file, why);
  return file;
}

async function obstacle(file: string): Promise<string | null> {
  try {
    const state = await stat(file);
    if (!state.isFile()) return state.isDirectory() ? 'it is a directory' : 'it is not a regular file';
    await access(file, constants.R_OK);
    return null;
  } catch (error) {
    if (isMissing(error)) return 'it is a link to a file that does not exist';
    if (isErrno(error)) return `${error.code}`;
    throw error;
  }
}
