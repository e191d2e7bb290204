import { accessSync, constants } from 'node:fs';
import { resolve } from 'node:path';
import { noWorkingDirectory } from '../../src/errors/places.js';
import { isErrno } from '../../src/errors/system-calls.js';

let isUsable = true;
let isClosed = false;

/**
 * Changes to the root directory if the working directory was deleted or this user cannot enter it (sudo and su keep
 * the directory). No process can be started from such a directory.
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

/** @throws NspawnError `no-such-directory` if it cannot be used. */
export function workingDirectory(): string {
  if (!isUsable) throw noWorkingDirectory(isClosed);
  return process.cwd();
}

/** Resolves a path from the command line. */
export const fromHere = (path: string): string =>
  path.startsWith('/') ? path : resolve(workingDirectory(), path);
