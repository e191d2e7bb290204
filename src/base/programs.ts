import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { isErrno } from '../errors/system-calls.js';

/** Where distributions put programs. */
export const PROGRAM_DIRECTORIES = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
] as const;

/** The path of a program found through PATH; null if there is none. */
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
