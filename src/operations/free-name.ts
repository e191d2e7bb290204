import { declarative, exists, foreignUnit, leftovers, machineRuns } from '../errors/containers.js';
import { imageInTheWay } from '../errors/places.js';
import { imagesInTheWay } from '../host/images.js';
import { findContainer } from '../host/inventory.js';
import type { Layout, Places } from '../host/layout.js';
import { findMachine } from '../systemd/registered-machines.js';

/**
 * @param mayRun whether a machine of this name may run, which is not one of this tool
 * @throws NspawnError if anything on the host uses this name, except for a state directory
 */
export async function requireFree(
  layout: Layout,
  places: Places,
  { mayRun = false }: { mayRun?: boolean } = {},
): Promise<void> {
  const { name } = places;
  const container = await findContainer(layout, name);
  switch (container?.type) {
    case 'imperative':
      throw exists(name, places.unitFile);
    case 'declarative':
      throw declarative(name);
    case 'foreign':
      throw foreignUnit(name, places.unitFile);
    case 'incomplete':
      throw leftovers(name, [places.profileDir]);
  }
  if (!mayRun && (await findMachine(name)) !== null) throw machineRuns(name);
  const [image] = await imagesInTheWay(layout, places, { everywhere: true });
  if (image !== undefined) throw imageInTheWay(name, image);
}
