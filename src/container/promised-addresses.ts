import { type UnitFile, unitValues } from './unit-file.js';

/** The addresses that networkd's configuration promises for an interface. */
export interface PromisedAddresses {
  /** Fixed addresses, without their prefix length. */
  fixed: readonly string[];
  /** Whether it requests an IPv4 address by DHCP and has no fixed one. */
  lease: boolean;
}

/**
 * Reads the .network file of an interface and its drop-ins, in the order in which they apply (systemd.network(5)).
 * Addresses from router advertisements are not promised: the container does not control whether a router sends any.
 */
export function promisedAddresses(files: readonly UnitFile[]): PromisedAddresses {
  const all = (section: string, key: string) => files.flatMap((file) => unitValues(file, section, key));
  const fixed = [...sinceReset(all('Network', 'Address')), ...all('Address', 'Address')]
    .map((text) => text.replace(/\/.*$/, ''))
    // For an unspecified address, networkd picks one itself.
    .filter((text) => text !== '' && text !== '0.0.0.0' && text !== '::');
  const dhcp = all('Network', 'DHCP').at(-1) ?? 'no';
  const asks = /^(?:1|yes|y|true|t|on|both|ipv4|v4)$/i.test(dhcp);
  return { fixed, lease: asks && !fixed.some((address) => !address.includes(':')) };
}

/** An empty assignment clears the values before it. */
const sinceReset = (values: readonly string[]) => values.slice(values.lastIndexOf('') + 1);
