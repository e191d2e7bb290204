import { type Found, findContainers } from '../../host/inventory.js';
import { fact } from '../look.js';

/** Every container that the file system shows. */
export const inventory = fact(({ layout }): Promise<readonly Found[]> => findContainers(layout));

/** The same, with the containers whose unit files are in the standard directory instead of the user's. */
export const wholeInventory = fact(
  ({ layout }): Promise<readonly Found[]> => findContainers({ ...layout, standardUnitDir: layout.unitDir }),
);
