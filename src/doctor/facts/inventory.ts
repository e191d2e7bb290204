import type { Container } from '../../host/container.js';
import { findContainers } from '../../host/inventory.js';
import { fact } from '../look.js';

/** Every container that the file system shows. */
export const inventory = fact(({ layout }): Promise<readonly Container[]> => findContainers(layout));

/** The same, with the containers whose unit files are in the standard directory instead of the user's. */
export const wholeInventory = fact(
  ({ layout }): Promise<readonly Container[]> =>
    findContainers({ ...layout, standardUnitDir: layout.unitDir }),
);
