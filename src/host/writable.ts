import { access, constants, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { isErrno } from '../errors/system-calls.js';
import type { Layout } from './layout.js';

export interface Unwritable {
  /** `EROFS`, `EACCES`, `ENOENT`. */
  code: string;
  /** Whether it is a link into the Nix store. NixOS makes such links for directories of /etc that it manages. */
  isInStore: boolean;
}

/**
 * Why nothing can be written to a directory; null if something can. A directory in the store counts as read-only even
 * if root could write to it: NixOS mounts the store read-only, other hosts do not.
 */
export async function whyUnwritable(layout: Layout, directory: string): Promise<Unwritable | null> {
  try {
    const isInStore = (await realpath(directory)).startsWith(join(layout.root, 'nix', 'store', '/'));
    if (isInStore) return { code: 'EROFS', isInStore };
    await access(directory, constants.W_OK);
    return null;
  } catch (error) {
    if (isErrno(error) && error.code !== undefined) return { code: error.code, isInStore: false };
    throw error;
  }
}
