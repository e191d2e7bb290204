import { access, constants, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { isErrno } from '../errors/system-calls.js';
import type { Layout } from './layout.js';

export interface Unwritable {
  /** `EROFS`, `EACCES`, `ENOENT`. */
  code: string;
  /** Whether it is a link into the Nix store, as NixOS makes for a directory of /etc that belongs to its configuration. */
  isInStore: boolean;
}

/**
 * Why nothing may be put into a directory; null where something can. A directory of the store is never written, also
 * where root could: NixOS mounts the store read-only, other hosts do not.
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
