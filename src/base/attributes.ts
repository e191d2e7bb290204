import { run } from './process.js';
import { findProgram } from './programs.js';

/**
 * Clears the attributes `immutable` and `append only` (chattr(1)) in a whole tree. Does not follow links in it. Returns
 * false if there is no chattr(1). Whatever it could not change shows up when the tree is deleted.
 */
export async function clearAttributes(tree: string): Promise<boolean> {
  if ((await findProgram('chattr')) === null) return false;
  // 1: something in the tree does not support attributes (a socket, a device, another file system) or cannot be
  // changed.
  await run(['chattr', '-R', '-f', '-ia', '--', tree], { acceptCodes: [0, 1] });
  return true;
}
