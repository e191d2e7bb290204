import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { isErrno } from '../errors/system-calls.js';

/** Where PATH has a program; null where it has none. */
export async function findProgram(name: string, search = process.env.PATH ?? ''): Promise<string | null> {
  for (const directory of search.split(delimiter)) {
    if (!directory.startsWith('/')) continue;
    const path = join(directory, name);
    try {
      await access(path, constants.X_OK);
      return path;
    } catch (error) {
      if (!isErrno(error)) throw error;
    }
  }
  return null;
}
