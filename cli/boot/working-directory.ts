import { accessSync, constants } from 'node:fs';
import { resolve } from 'node:path';
import { noWorkingDirectory } from '../../src/errors/places.js';
import { isErrno } from '../../src/errors/system-calls.js';

let isUsable = true;
let isClosed = false;

/**
 * In a directory that was deleted, or that this user may not enter (sudo and su keep it), nothing can be started, not
 * even what names no path. The root does as well there.
 */
export function leaveUnusableDirectory(): void {
  try {
    accessSync(process.cwd(), constants.X_OK);
  } catch (error) {
    isUsable = false;
    isClosed = isErrno(error) && error.code === 'EACCES';
    process.chdir('/');
  }
}

/** @throws NspawnError `no-such-directory` where it cannot be used. */
export function workingDirectory(): string {
  if (!isUsable) throw noWorkingDirectory(isClosed);
  return process.cwd();
}

/** A path from the command line. */
export const fromHere = (path: string): string =>
  path.startsWith('/') ? path : resolve(workingDirectory(), path);
