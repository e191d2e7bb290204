import type { Profile } from '../container/profile.js';
import type { Found } from '../host/inventory.js';
import type { KernelLimit } from '../host/kernel-limits.js';
import type { PlaceFacts } from '../host/place-facts.js';
import type { RunningPart } from '../host/running-generations.js';
import type { Listening } from '../host/sockets.js';
import type { ContainerLink } from '../systemd/container-links.js';
import type { RunningMachine } from '../systemd/running-machines.js';
import type { UnitState } from '../systemd/unit-states.js';
import type { Firewall } from './firewall/model.js';

/** What was seen of the host: everything that the checks of it judge. */
export interface HostFacts {
  isRoot: boolean;
  isNixOS: boolean;
  /** Ids of os-release(5), the distribution's own first: `ubuntu`, `debian`. */
  distribution: readonly string[];
  /** Whether PID 1 is systemd. */
  isBooted: boolean;
  /** Major version; 0 where it is unknown. */
  systemdVersion: number;
  cgroup: { unified: boolean; controllers: readonly string[] };
  missingCommands: readonly string[];
  units: ReadonlyMap<string, UnitState>;
  /** The `hosts` line of nsswitch.conf, word by word; null where there is no such line. */
  nssHosts: readonly string[] | null;
  /** Whether nss-mymachines is installed; null where that cannot be seen from outside (NixOS). */
  hasMyMachines: boolean | null;
  forwarding: Readonly<Record<Family, ForwardingFacts>>;
  firewall: Firewall;
  links: readonly ContainerLink[];
  nix: NixFacts;
  places: readonly PlaceFacts[];
  now: Date;
  users: { namespaces: number; inContainerRange: readonly { name: string; uid: number }[] };
  listening: readonly Listening[];
  limits: ReadonlyMap<KernelLimit, number>;
}

export type Family = 'IPv4' | 'IPv6';

export interface ForwardingFacts {
  /** The interface of the default route; null where there is none. */
  uplink: string | null;
  /** Whether the kernel forwards what comes in there; null where it says nothing. */
  enabled: boolean | null;
  /** The file in which networkd is told never to turn it on; null where none is. */
  deniedBy: string | null;
}

export interface NixFacts {
  /** Those of its commands that are not in PATH. */
  missing: readonly string[];
  /** What Nix said where the store could not be opened; null where it could. */
  storeProblem: string | null;
  /** Experimental features enabled for everybody; null where Nix did not tell. */
  features: readonly string[] | null;
}

/** What is looked at before anything is changed. */
export interface Essentials {
  host: Pick<
    HostFacts,
    | 'isRoot'
    | 'isNixOS'
    | 'distribution'
    | 'isBooted'
    | 'systemdVersion'
    | 'cgroup'
    | 'missingCommands'
    | 'units'
    | 'places'
  >;
}

/** What was seen of one container. */
export interface ContainerFacts {
  /** With the settings of its current generation; null where that cannot be used. */
  found: Found;
  profile: Profile;
  /** The current generation's closure; null where there is none. */
  closure: string | null;
  /** Without a current generation, the newest one that is whole and built for this container; null where none is. */
  fallback: number | null;
  /** Paths that differ from what the current generation wants of the host. */
  displacedFiles: readonly { path: string; isAbsent: boolean }[];
  /** Why the current generation cannot be used; null where it can. */
  closureProblem: string | null;
  /** Why what the tool remembers of it cannot be used; null where it can. */
  recordProblem: string | null;
  /** Whether an operation on it was cut short. */
  isUnfinished: boolean;
  unit: UnitState;
  /** The link to /dev/null that masks its service, or the template of all; null where there is none. */
  maskedAt: string | null;
  machine: RunningMachine | null;
  /** What runs; null where it does not run or does not say. */
  running: RunningPart | null;
  /** Whether what runs is no longer in the store. */
  isRunningGone: boolean;
  /** Whether its files belong to a user namespace that it does not have. */
  hasForeignOwners: boolean;
  missingBinds: readonly { path: string; why: string }[];
  /** What systemd-nspawn takes instead of the container's own tree. */
  imagesInTheWay: readonly string[];
  /** Its .network files, or directories above them, that networkd cannot read. */
  unreadableNetworks: readonly string[];
  /** With what keeps systemd from reading each: `is not there`. */
  unreadableCredentials: readonly { id: string; path: string; why: string }[];
  /** What the host resolves its name to; null where it was not asked. */
  resolved: readonly string[] | null;
}

/** Things on the host that belong to no container, by the name that they bear. */
export interface Orphans {
  files: readonly { name: string; path: string }[];
  records: readonly { name: string; path: string }[];
  states: readonly { name: string; path: string }[];
  /** Settings of services, made by hand. */
  settings: readonly { name: string; path: string }[];
  /** Trees of removed containers that could not be deleted completely. */
  remnants: readonly { name: string; path: string }[];
  /** What ephemeral containers left at a stop. */
  copies: readonly { name: string; path: string }[];
}

export interface Facts {
  host: HostFacts;
  containers: readonly ContainerFacts[];
  orphans: Orphans;
}
