import { resolve } from 'node:path';
import { noWorkingDirectory } from '../src/error-catalog.js';

let isDeleted = false;

/** In a directory that was deleted nothing can be started, not even what names no path. The root does as well there. */
export function leaveDeletedDirectory(): void {
  try {
    process.cwd();
  } catch {
    isDeleted = true;
    process.chdir('/');
  }
}

/** @throws NspawnError `no-such-directory` where it was deleted. */
export function workingDirectory(): string {
  if (isDeleted) throw noWorkingDirectory();
  return process.cwd();
}

/** A path from the command line. */
export const fromHere = (path: string): string =>
  path.startsWith('/') ? path : resolve(workingDirectory(), path);
