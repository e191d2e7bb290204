import { run } from './process.js';
import { findProgram } from './programs.js';

/**
 * Takes the attributes `immutable` and `append only` (chattr(1)) from all of a tree; links in it are not followed. False
 * where there is no chattr(1). What it could not change shows when the tree is deleted.
 */
export async function clearAttributes(tree: string): Promise<boolean> {
  if ((await findProgram('chattr')) === null) return false;
  // 1: something in the tree knows no attributes (a socket, a device, another file system) or cannot be changed.
  await run(['chattr', '-R', '-f', '-ia', '--', tree], { acceptCodes: [0, 1] });
  return true;
}
