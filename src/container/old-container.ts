/*
 * Containers of NixOS's own module `containers` and of nixpkgs' `nixos-container`. Their settings are an environment
 * file for the unit container@NAME.service (nixos/modules/virtualisation/nixos-containers.nix in nixpkgs).
 */

export interface OldPort {
  protocol: string;
  hostPort: number;
  containerPort: number;
}

export interface OldBind {
  hostPath: string;
  containerPath: string;
  readOnly: boolean;
}

/** One end of the link, for one version of IP. Null if the setting is empty. */
export interface OldAddresses {
  host: string | null;
  local: string | null;
}

export interface OldContainer {
  name: string;
  hasOwnNetwork: boolean;
  addresses: readonly OldAddresses[];
  bridge: string | null;
  ports: readonly OldPort[];
  interfaces: readonly string[];
  macvlans: readonly string[];
  binds: readonly OldBind[];
  autoStart: boolean;
  /** The system of a container that the host's configuration declares; null for others, which have a profile. */
  systemPath: string | null;
  flake: string | null;
  /** Options of systemd-nspawn and settings that this tool does not understand. */
  unknown: readonly string[];
}

/** Reads the environment file of a container. */
export function parseOldContainer(name: string, text: string): OldContainer {
  const variables = new Map(
    text.split('\n').flatMap((line) => {
      const [, key, value] = /^\s*([A-Z0-9_]+)=(.*?)\s*$/.exec(line) ?? [];
      return key === undefined || value === undefined ? [] : [[key, unquoted(value)] as const];
    }),
  );
  const word = (key: string) => variables.get(key) || null;
  const words = (key: string) => (variables.get(key) ?? '').split(/\s+/).filter((part) => part !== '');
  const flags = words('EXTRA_NSPAWN_FLAGS');
  const ports = (variables.get('HOST_PORT') ?? '').split(',').filter((part) => part !== '');
  const parsedPorts = ports.map(portOf);
  const parsedFlags = flags.map(bindOf);
  const families = [
    { host: word('HOST_ADDRESS'), local: word('LOCAL_ADDRESS') },
    { host: word('HOST_ADDRESS6'), local: word('LOCAL_ADDRESS6') },
  ];
  return {
    name,
    hasOwnNetwork: word('PRIVATE_NETWORK') === '1',
    addresses: families.filter(({ host, local }) => host !== null || local !== null),
    bridge: word('HOST_BRIDGE'),
    ports: parsedPorts.filter((port) => port !== null),
    interfaces: words('INTERFACES'),
    macvlans: words('MACVLANS'),
    binds: parsedFlags.filter((bind) => bind !== null),
    autoStart: word('AUTO_START') === '1',
    systemPath: word('SYSTEM_PATH'),
    flake: word('FLAKE'),
    unknown: [
      ...ports.filter((_, index) => parsedPorts[index] === null).map((port) => `HOST_PORT=${port}`),
      ...flags.filter((_, index) => parsedFlags[index] === null),
    ],
  };
}

const unquoted = (value: string) => value.replace(/^(["'])(.*)\1$/, '$2');

/** The forms of systemd-nspawn(1), --port=: `[PROTOCOL:]HOST[:CONTAINER]`. */
function portOf(text: string): OldPort | null {
  const [, protocol = 'tcp', host, container = host] = /^(?:(tcp|udp):)?(\d+)(?::(\d+))?$/.exec(text) ?? [];
  if (host === undefined || container === undefined) return null;
  return { protocol, hostPort: Number(host), containerPort: Number(container) };
}

/** Mounts of the module's option `bindMounts`. Those with options of mounts are left to the reader. */
function bindOf(flag: string): OldBind | null {
  const [, ro, host, inner = host, rest] = /^--bind(-ro)?=(\/[^:]*)(?::(\/[^:]*))?(:.*)?$/.exec(flag) ?? [];
  if (host === undefined || inner === undefined || rest !== undefined) return null;
  return { hostPath: host, containerPath: inner, readOnly: ro !== undefined };
}

/** An address with its length; without one, the link leads to this address alone, as with ip-address(8). */
const withLength = (address: string) =>
  address.includes('/') ? address : `${address}/${address.includes(':') ? 128 : 32}`;

/** The address alone. */
export const withoutLength = (address: string) => address.replace(/\/.*$/, '');

/** A link between two addresses, for systemd.network(5). The peer also is a route. */
export function peerSections(own: string | null, peer: string | null): string {
  if (own === null) return peer === null ? '' : `[Route]\nDestination=${withLength(peer)}\nScope=link\n`;
  const lines = ['[Address]', `Address=${withLength(own)}`];
  if (peer !== null && !own.includes('/')) lines.push(`Peer=${withLength(withoutLength(peer))}`);
  return `${lines.join('\n')}\n`;
}

/** What the options of nixos-nspawn do not express, as sentences. */
export function untranslated(old: OldContainer, configuration: string | null): string[] {
  return [
    ...old.unknown.map((setting) => `${setting} has no option of nixos-nspawn.`),
    ...(configuration === null && old.flake === null
      ? [`Copy the value of containers.${old.name}.config from the configuration of this host.`]
      : []),
    ...(old.flake === null
      ? []
      : [`Its configuration is in the flake ${old.flake}. Import the modules from there in config.`]),
    ...(old.systemPath === null
      ? []
      : [
          'Options that are only in its unit are not translated: extraVeths, additionalCapabilities, allowedDevices, enableTun, ephemeral and tmpfs.',
        ]),
  ];
}
