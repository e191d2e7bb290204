import { CONTAINER_IDS } from './user-ids.js';

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
  /** `PrivateUsers=` of systemd.nspawn(5); null if the container has the users of the host. */
  privateUsers: 'pick' | 'identity' | number | null;
  /** Options of systemd-nspawn and settings that this tool does not understand. */
  unknown: readonly string[];
}

/** The variables that the unit and `nixos-container` read. */
const KNOWN: ReadonlySet<string> = new Set([
  'AUTO_START',
  'EXTRA_NSPAWN_FLAGS',
  'FLAKE',
  'HOST_ADDRESS',
  'HOST_ADDRESS6',
  'HOST_BRIDGE',
  'HOST_PORT',
  'INTERFACES',
  'LOCAL_ADDRESS',
  'LOCAL_ADDRESS6',
  'MACVLANS',
  'PRIVATE_NETWORK',
  'SYSTEM_PATH',
]);

/** Reads the environment file of a container. */
export function parseOldContainer(name: string, text: string): OldContainer {
  const variables = new Map(
    text.split('\n').flatMap((line) => {
      const [, key, value] = /^\s*([A-Za-z_][A-Za-z0-9_]*)=(.*?)\s*$/.exec(line) ?? [];
      return key === undefined || value === undefined ? [] : [[key, unquoted(value)] as const];
    }),
  );
  const word = (key: string) => variables.get(key) || null;
  const words = (key: string) => (variables.get(key) ?? '').split(/\s+/).filter((part) => part !== '');
  const flags = words('EXTRA_NSPAWN_FLAGS');
  const ports = (variables.get('HOST_PORT') ?? '').split(',').filter((part) => part !== '');
  const parsedPorts = ports.map(portOf);
  const binds = flags.map(bindOf);
  const users = flags.map(usersOf);
  const families = [
    { host: word('HOST_ADDRESS'), local: word('LOCAL_ADDRESS') },
    { host: word('HOST_ADDRESS6'), local: word('LOCAL_ADDRESS6') },
  ];
  const addresses = families.filter(({ host, local }) => host !== null || local !== null);
  const bridge = word('HOST_BRIDGE');
  const interfaces = words('INTERFACES');
  const macvlans = words('MACVLANS');
  return {
    name,
    // With any interface of its own, systemd-nspawn gives the container a network of its own.
    hasOwnNetwork:
      word('PRIVATE_NETWORK') === '1' ||
      bridge !== null ||
      [addresses, interfaces, macvlans].some(({ length }) => length > 0),
    addresses,
    bridge,
    ports: parsedPorts.filter((port) => port !== null),
    interfaces,
    macvlans,
    binds: binds.filter((bind) => bind !== null),
    autoStart: word('AUTO_START') === '1',
    systemPath: word('SYSTEM_PATH'),
    flake: word('FLAKE'),
    privateUsers: users.findLast((mode) => mode !== null) ?? null,
    unknown: [
      ...[...variables]
        .filter(([key, value]) => !KNOWN.has(key) && value !== '')
        .map(([key, value]) => `${key}=${value}`),
      ...ports.filter((_, index) => parsedPorts[index] === null).map((port) => `HOST_PORT=${port}`),
      ...flags.filter((_, index) => binds[index] === null && users[index] === null),
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

/** The user namespaces of systemd-nspawn(1), --private-users=, that nixos-nspawn has too. */
function usersOf(flag: string): OldContainer['privateUsers'] {
  if (flag === '-U') return 'pick';
  const [, value] = /^--private-users=(.+)$/.exec(flag) ?? [];
  if (value === 'pick' || value === 'identity') return value;
  const [, first] = /^(\d+)(?::65536)?$/.exec(value ?? '') ?? [];
  return first === undefined || !isFirstId(Number(first)) ? null : Number(first);
}

/** Whether a range of ids for a container may begin with this one (nix/units/users.nix). */
const isFirstId = (id: number) => id >= CONTAINER_IDS.from && id <= CONTAINER_IDS.to && id % 65536 === 0;

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

/**
 * What a migration would lose, as sentences.
 *
 * @param owner the user who owns the container's root
 */
export const lossesOf = ({ unknown, privateUsers }: OldContainer, owner: number): string[] => [
  ...unknown.map((setting) => `${setting} has no option of nixos-nspawn.`),
  ...(owner !== 0 && privateUsers === null
    ? [`Its files belong to user ${owner}, but its settings have no user namespace.`]
    : []),
];

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
