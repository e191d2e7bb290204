import type { ContainerName } from '../container/name.js';
import type { Profile } from '../container/profile.js';
import { declarative, foreignUnit, leftovers } from '../errors/containers.js';
import { imageInTheWay } from '../errors/places.js';
import type { Container } from '../host/container.js';
import { readProfile } from '../host/generations.js';
import { imagesInTheWay } from '../host/images.js';
import type { Layout, Places } from '../host/layout.js';
import { type ContainerRecord, readRecord } from '../host/record.js';
import { requireContainer } from './known-container.js';

/**
 * Finds a container that has its own profile, complete or not.
 *
 * @throws NspawnError `no-such-container`, `declarative` or `foreign`
 */
export async function requireOwn(layout: Layout, name: ContainerName): Promise<Container> {
  const container = await requireContainer(layout, name);
  refuseOthers(container);
  return container;
}

/**
 * Refuses a container that operations never change, because the host's configuration or somebody else manages it.
 *
 * @throws NspawnError `declarative` or `foreign`
 */
export function refuseOthers({ name, places, isDeclarative, isManaged }: Container): void {
  if (isDeclarative) throw declarative(name);
  if (!isManaged) throw foreignUnit(name, places.unitFile);
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
 * Checks that a container can be brought to another generation, and reads its record and its profile.
 *
 * @throws NspawnError `no-such-container`, `declarative`, `foreign`, `leftovers`, `path-in-the-way`, `record-unreadable`
 */
export async function requireChangeable(
  layout: Layout,
  places: Places,
): Promise<{ record: ContainerRecord | null; before: Profile }> {
  const { generation } = await requireOwn(layout, places.name);
  if (generation === null) throw leftovers(places.name, [places.profileDir]);
  await requireOwnImage(layout, places);
  const record = await readRecord(places.record);
  return { record, before: await readProfile(places.profile) };
}
