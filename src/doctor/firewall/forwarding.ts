import type { Argv } from '../../base/process.js';
import type { Container } from '../../host/container.js';
import type { Machine } from '../../systemd/registered-machines.js';
import type { Firewall, PacketFamily, PortMapping } from './model.js';

/** What the packet filter must contain for one forwarded port of a running container. */
export interface ExpectedMapping extends Omit<PortMapping, 'tool'> {
  /** Every address of the container in that family: systemd-nspawn picks one of them. */
  addresses: readonly string[];
}

/**
 * systemd-nspawn forwards a port in each family in which the container has an address that is valid beyond its link
 * (expose_port_execute(), src/nspawn/nspawn-expose-ports.c).
 */
export function expectedMappings({
  container,
  machine,
}: {
  container: Container;
  machine: Machine | null;
}): ExpectedMapping[] {
  if (machine === null) return [];
  return (['ip', 'ip6'] as const).flatMap((family) => {
    const addresses = machine.addresses.filter(
      (address) => isGlobal(address) && familyOf(address) === family,
    );
    const [address] = addresses;
    if (address === undefined) return [];
    return (container.settings?.forwardPorts ?? []).map(({ protocol, hostPort, containerPort }) => ({
      family,
      protocol,
      port: hostPort,
      address,
      addresses,
      containerPort: containerPort ?? hostPort,
    }));
  });
}

const familyOf = (address: string): PacketFamily => (address.includes(':') ? 'ip6' : 'ip');

export const isGlobal = (address: string) => !/^(?:fe80:|169\.254\.)/i.test(address);

/** Where connections to that port of the host go now; null if nothing forwards them. */
export const mappingOf = (
  { family, protocol, port }: Pick<PortMapping, 'family' | 'protocol' | 'port'>,
  { forwarded }: Pick<Firewall, 'forwarded'>,
): PortMapping | null =>
  forwarded?.find(
    (mapping) => mapping.family === family && mapping.protocol === protocol && mapping.port === port,
  ) ?? null;

/** Whether connections arrive at one of the container's addresses and at its port. */
export const leadsTo = (wanted: ExpectedMapping, is: Omit<PortMapping, 'tool'>): boolean =>
  wanted.family === is.family &&
  wanted.protocol === is.protocol &&
  wanted.port === is.port &&
  wanted.containerPort === is.containerPort &&
  wanted.addresses.includes(is.address);

/** Adds a mapping to systemd's own map. systemd-nspawn deletes it when the container stops. */
export const addMapping = ({ family, protocol, port, address, containerPort }: ExpectedMapping): Argv => [
  'nft',
  `add element ${family} io.systemd.nat map_port_ipport { ${protocol} . ${port} : ${address} . ${containerPort} }`,
];

export const deleteMapping = ({ family, protocol, port, address, containerPort }: PortMapping): Argv => [
  'nft',
  `delete element ${family} io.systemd.nat map_port_ipport { ${protocol} . ${port} : ${address} . ${containerPort} }`,
];
