import { findContainers } from '../host/inventory.js';
import { seeRecord } from '../host/record.js';
import { listMachines } from '../systemd/registered-machines.js';
import { byName, type ContainerView, containerView } from './container-view.js';
import { type OperationOptions, operationContext } from './context.js';
import { withKnownErrors } from './known-errors.js';

export interface ListRequest {
  /** Only containers of this type; default all, including incomplete and foreign ones. */
  type?: 'imperative' | 'declarative' | undefined;
}

/** The host's containers, by name. Starts no process if systemd-machined answers. */
export async function listContainers(
  request: ListRequest = {},
  options: OperationOptions = {},
): Promise<ContainerView[]> {
  return await withKnownErrors(async () => {
    const { layout, signal } = operationContext(options);
    const containers = await findContainers(layout);
    if (containers.length === 0) return [];
    const running = byName(await listMachines({ signal }));
    return containers
      .map((container) => containerView(container, running, seeRecord(container.places.record).problem))
      .filter((container) => request.type === undefined || container.type === request.type);
  });
}
