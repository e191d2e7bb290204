import type { ContainerName } from '../container/name.js';
import { noSuchContainer } from '../errors/containers.js';
import { findContainer } from '../host/inventory.js';
import type { Layout } from '../host/layout.js';
import { seeRecord } from '../host/record.js';
import { findMachine } from '../systemd/registered-machines.js';
import { byName, type ContainerView, containerView } from './container-view.js';

/** One container, as it is now. */
export async function describeContainer(layout: Layout, name: ContainerName): Promise<ContainerView> {
  const [container, machine] = await Promise.all([findContainer(layout, name), findMachine(name)]);
  if (container === null) throw noSuchContainer(name);
  return containerView(
    container,
    byName(machine === null ? [] : [machine]),
    seeRecord(container.places.record).problem,
  );
}
