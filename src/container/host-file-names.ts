import { basename } from 'node:path';

/** The files that a closure provides for its host, by their names within `nixos-nspawn/` in the closure. */
export interface ProvidedFiles {
  /** `NAME.nspawn`, for any version of systemd. */
  unitForAny: string;
  /** .nspawn files with keys that older versions of systemd do not know, the oldest version first. */
  newerUnits: readonly VersionedUnit[];
  /** File names like `20-ve-NAME.network`, for the interfaces that containers have. */
  networks: readonly string[];
  /** The text of the drop-in for systemd-nspawn@NAME.service. */
  dropIn: string;
}

/** `NAME.nspawn.systemd-261`: for that version of systemd and newer ones. */
export interface VersionedUnit {
  file: string;
  since: number;
}

/** Those of them that one host uses. */
export interface HostFiles extends Pick<ProvidedFiles, 'networks' | 'dropIn'> {
  /** The .nspawn file. */
  unit: string;
}

/** The .nspawn files of a container for newer versions of systemd, among the names of files. */
export function newerUnits(container: string, names: readonly string[]): VersionedUnit[] {
  const prefix = `${container}.nspawn.systemd-`;
  return names
    .filter((file) => file.startsWith(prefix) && /^[1-9]\d*$/.test(file.slice(prefix.length)))
    .map((file) => ({ file, since: Number(file.slice(prefix.length)) }))
    .sort((one, other) => one.since - other.since);
}

/** What a host with this major version of systemd uses; 0 if the version is unknown. */
export function filesFor(provided: ProvidedFiles, systemd: number): HostFiles {
  const { unitForAny, newerUnits, networks, dropIn } = provided;
  const newest = newerUnits.findLast(({ since }) => since <= systemd);
  return { unit: newest?.file ?? unitForAny, networks, dropIn };
}

/** The service that runs a container. */
export const serviceOf = (name: string) => `systemd-nspawn@${name}.service`;

/**
 * Names of network units that a container may provide: for its virtual Ethernet link, an extra link or its zone. Any
 * other name could change how the host itself is reached.
 */
const NETWORK_UNIT = /^[0-9]{2}-(?:ve|vb|vz|mv|ipvlan)-[A-Za-z0-9._-]+\.network$/;

export const isContainerNetworkUnit = (fileName: string) => NETWORK_UNIT.test(basename(fileName));
