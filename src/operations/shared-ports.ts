import type { ContainerName } from '../container/name.js';
import type { Settings } from '../container/settings.js';
import { findContainers } from '../host/inventory.js';
import { listMachines } from '../systemd/registered-machines.js';
import type { Context } from './context.js';

/**
 * Warns of the container's host ports that another container, running or stopped, has too. systemd-nspawn says nothing:
 * the container that starts later gets the port, and the port stops working when that container stops.
 */
export async function warnOfSharedPorts(
  name: ContainerName,
  settings: Settings | null,
  { layout, listener, signal }: Context,
): Promise<void> {
  const own = (settings?.forwardPorts ?? []).map(keyOf);
  if (own.length === 0) return;
  const sharing = (await findContainers(layout)).flatMap((other) =>
    other.name === name
      ? []
      : (other.settings?.forwardPorts ?? [])
          .map(keyOf)
          .filter((port) => own.includes(port))
          .map((port) => ({ port, other: other.name })),
  );
  if (sharing.length === 0) return;
  const running = new Set((await listMachines({ signal })).map((machine) => machine.name));
  for (const { port, other } of sharing)
    listener({
      container: name,
      type: 'warning',
      code: 'port-twice',
      message: `${port} of the host is also forwarded to '${other}', which ${running.has(other) ? 'is running' : 'is stopped'}.`,
    });
}

const keyOf = ({ protocol, hostPort }: Settings['forwardPorts'][number]) =>
  `${protocol.toUpperCase()} port ${hostPort}`;
