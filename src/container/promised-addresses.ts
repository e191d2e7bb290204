import { type UnitFile, unitValues } from './unit-file.js';

/** The addresses that networkd's configuration of an interface promises. */
export interface PromisedAddresses {
  /** Fixed ones, without their prefix length. */
  fixed: readonly string[];
  /** Whether it asks for an IPv4 address by DHCP, and has no fixed one. */
  lease: boolean;
}

/**
 * Reads the .network file of an interface and its drop-ins, in the order in which they apply (systemd.network(5)).
 * What comes by router advertisements is not promised: whether a router sends any is not the container's decision.
 */
export function promisedAddresses(files: readonly UnitFile[]): PromisedAddresses {
  const all = (section: string, key: string) => files.flatMap((file) => unitValues(file, section, key));
  const fixed = [...sinceReset(all('Network', 'Address')), ...all('Address', 'Address')]
    .map((text) => text.replace(/\/.*$/, ''))
    // networkd picks an address itself where an unspecified one stands.
    .filter((text) => text !== '' && text !== '0.0.0.0' && text !== '::');
  const dhcp = all('Network', 'DHCP').at(-1) ?? 'no';
  const asks = /^(?:1|yes|y|true|t|on|both|ipv4|v4)$/i.test(dhcp);
  return { fixed, lease: asks && !fixed.some((address) => !address.includes(':')) };
}

/** An empty assignment clears the list so far. */
const sinceReset = (values: readonly string[]) => values.slice(values.lastIndexOf('') + 1);
