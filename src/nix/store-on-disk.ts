import { syncFileSystems } from '../base/file-systems.js';
import { isPresent } from '../base/files.js';

/** The store, and Nix's record of what is valid in it. They may be on two file systems. */
const STORE_PLACES = ['/nix/store', '/nix/var/nix'] as const;

/**
 * Puts everything that Nix has written on the disk. By default, Nix does not sync what it adds to the store
 * (`fsync-store-paths` in nix.conf(5)). A power loss within the next half minute can therefore leave a profile that is on
 * the disk, and leads to a store path that is not. NixOS does the same before it switches (switch-to-configuration).
 */
export async function syncStore(): Promise<void> {
  const places: string[] = [];
  for (const place of STORE_PLACES) if (await isPresent(place)) places.push(place);
  if (places.length > 0) await syncFileSystems(places);
}
