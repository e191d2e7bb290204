import type { ContainerName } from '../container/name.js';
import { noSuchContainer } from '../errors/containers.js';
import type { Container } from '../host/container.js';
import { findContainer, findContainers } from '../host/inventory.js';
import type { Layout } from '../host/layout.js';
import { nearest } from '../text/nearest.js';

/** Finds a container of any type. @throws NspawnError `no-such-container`, with a similar name if there is one */
export async function requireContainer(layout: Layout, name: ContainerName): Promise<Container> {
  const container = await findContainer(layout, name);
  if (container !== null) return container;
  const names = (await findContainers(layout)).map(({ name }): string => name);
  throw noSuchContainer(name, nearest(name, names));
}
