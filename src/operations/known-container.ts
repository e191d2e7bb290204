import type { ContainerName } from '../container/name.js';
import { noSuchContainer } from '../errors/containers.js';
import { type Found, findContainer, findContainers } from '../host/inventory.js';
import type { Layout } from '../host/layout.js';
import { nearest } from '../text/nearest.js';

/** Finds a container of any type. @throws NspawnError `no-such-container`, with a similar name if there is one */
export async function requireContainer(layout: Layout, name: ContainerName): Promise<Found> {
  const found = await findContainer(layout, name);
  if (found !== null) return found;
  const names = (await findContainers(layout)).map((container): string => container.name);
  throw noSuchContainer(name, nearest(name, names));
}
