import { basename } from 'node:path';

/** A container's files for the host, by their names within the closure's `nixos-nspawn/`. */
export interface HostFiles {
  /** `NAME.nspawn` */
  unit: string;
  /** `20-ve-NAME.network` and its like; names of interfaces that containers have. */
  networks: string[];
  /** The drop-in's text for systemd-nspawn@NAME.service. */
  dropIn: string;
}

/**
 * Names of network units that a container may bring: for its virtual Ethernet link, extra link or zone.
 * Any other could change how the host itself is reached.
 */
const NETWORK_UNIT = /^[0-9]{2}-(?:ve|vb|vz|mv|ipvlan)-[A-Za-z0-9._-]+\.network$/;

export const isContainerNetworkUnit = (fileName: string) => NETWORK_UNIT.test(basename(fileName));
