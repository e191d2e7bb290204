import type { ContainerName } from '../container/name.js';
import type { Profile } from '../container/profile.js';
import { declarative, foreignUnit, leftovers } from '../errors/containers.js';
import { imageInTheWay } from '../errors/places.js';
import { readProfile } from '../host/generations.js';
import { imagesInTheWay } from '../host/images.js';
import type { Found } from '../host/inventory.js';
import type { Layout, Places } from '../host/layout.js';
import { type ContainerRecord, readRecord } from '../host/record.js';
import { requireContainer } from './known-container.js';

/**
 * Finds a container that has its own profile, complete or not.
 *
 * @throws NspawnError `no-such-container`, `declarative` or `foreign`
 */
export async function requireOwn(layout: Layout, name: ContainerName): Promise<Found> {
  const found = await requireContainer(layout, name);
  if (found.type === 'declarative') throw declarative(name);
  if (found.type === 'foreign') throw foreignUnit(name, found.places.unitFile);
  return found;
}

/**
 * Checks that the container's name leads systemd-nspawn to the container's own tree, and to nothing else.
 *
 * @throws NspawnError `path-in-the-way`
 */
export async function requireOwnImage(layout: Layout, places: Places): Promise<void> {
  const [image] = await imagesInTheWay(layout, places, { everywhere: false });
  if (image !== undefined) throw imageInTheWay(places.name, image);
}

/**
 * Checks that a container can be brought to another generation, and reads what there is of it.
 *
 * @throws NspawnError `no-such-container`, `declarative`, `foreign`, `leftovers`, `path-in-the-way`, `record-unreadable`
 */
export async function requireChangeable(
  layout: Layout,
  places: Places,
): Promise<{ record: ContainerRecord | null; before: Profile }> {
  const found = await requireOwn(layout, places.name);
  if (found.generation === null) throw leftovers(places.name, [places.profileDir]);
  await requireOwnImage(layout, places);
  const record = await readRecord(places.record);
  return { record, before: await readProfile(places.profile) };
}
