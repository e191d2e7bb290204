import { basename } from 'node:path';

/** The files of a container for the host, by their names within `nixos-nspawn/` in the closure. */
export interface HostFiles {
  /** `NAME.nspawn` */
  unit: string;
  /** File names like `20-ve-NAME.network`, for the interfaces that containers have. */
  networks: string[];
  /** The text of the drop-in for systemd-nspawn@NAME.service. */
  dropIn: string;
}

/** The service that runs a container. */
export const serviceOf = (name: string) => `systemd-nspawn@${name}.service`;

/**
 * Names of network units that a container may provide: for its virtual Ethernet link, an extra link or its zone. Any
 * other name could change how the host itself is reached.
 */
const NETWORK_UNIT = /^[0-9]{2}-(?:ve|vb|vz|mv|ipvlan)-[A-Za-z0-9._-]+\.network$/;

export const isContainerNetworkUnit = (fileName: string) => NETWORK_UNIT.test(basename(fileName));
