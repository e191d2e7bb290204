import { join } from 'node:path';
import { serviceOf } from '../container/host-file-names.js';
import type { ContainerName } from '../container/name.js';

/** Where files are on a host. Every path of the tool is below `root`. */
export interface Layout {
  root: string;
  /** `NAME.nspawn` links (systemd.nspawn(5)). */
  unitDir: string;
  /** Where these links are by default. */
  standardUnitDir: string;
  /** `20-ve-NAME.network` links (systemd.network(5)). */
  networkDir: string;
  /** Holds `systemd-nspawn@NAME.service.d`; survives a reboot. */
  serviceDir: string;
  /** The same, but lost at a reboot. Used if serviceDir is read-only (NixOS), and by the Python tool. */
  runtimeServiceDir: string;
  /** One Nix profile directory for each container. */
  profilesDir: string;
  /** The containers' root file systems. */
  machinesDir: string;
  /** One JSON file for each container of the host's NixOS configuration. */
  declarativeDir: string;
  /** A Nix file with the host's defaults for the options of its containers; need not exist. */
  defaultsFile: string;
  /** The tool's own state: records and undo journals. */
  stateDir: string;
  /** Locks and temporary roots. A tmpfs on current distributions. */
  runDir: string;
  /** Nix's indirect garbage collector roots. */
  autoRootsDir: string;
  /** The host's journals. systemd-nspawn adds links to the journals of containers (`LinkJournal=`). */
  journalsDir: string;
  /** Garbage collector roots of the systems that containers run, which may differ from the current generation. */
  runningRootsDir: string;
}

export interface LayoutOptions {
  /** Prefix of every path; default `/`. For tests and for inspecting another system's tree. */
  root?: string | undefined;
  /** Another directory for the .nspawn files. The .network files are then in the directory `network` beside it. */
  unitFileDir?: string | undefined;
}

export function hostLayout(options: LayoutOptions = {}): Layout {
  const root = options.root ?? '/';
  const under = (path: string) => join(root, path);
  const standardUnitDir = under('/etc/systemd/nspawn');
  const unitDir = options.unitFileDir ?? standardUnitDir;
  return {
    root,
    unitDir,
    standardUnitDir,
    networkDir: options.unitFileDir
      ? join(options.unitFileDir, '..', 'network')
      : under('/etc/systemd/network'),
    serviceDir: under('/etc/systemd/system'),
    runtimeServiceDir: under('/run/systemd/system'),
    profilesDir: under('/nix/var/nix/profiles/per-nspawn'),
    machinesDir: under('/var/lib/machines'),
    declarativeDir: under('/etc/nixos-nspawn/declarative.d'),
    defaultsFile: under('/etc/nixos-nspawn/defaults.nix'),
    stateDir: under('/var/lib/nixos-nspawn'),
    runDir: under('/run/nixos-nspawn'),
    autoRootsDir: under('/nix/var/nix/gcroots/auto'),
    journalsDir: under('/var/log/journal'),
    runningRootsDir: under('/nix/var/nix/gcroots/nixos-nspawn'),
  };
}

/** Where the parts of one container are. */
export interface Places {
  name: ContainerName;
  /** The systemd unit that runs the container. */
  service: string;
  unitFile: string;
  profileDir: string;
  /** The profile itself: a link to the current `system-N-link`. */
  profile: string;
  /** The current generation's files for the host. */
  hostFiles: string;
  dropInDir: string;
  dropIn: string;
  runtimeDropInDir: string;
  runtimeDropIn: string;
  declarativeFile: string;
  stateDir: string;
  /** Its record: source, presets, last operation. */
  record: string;
  /** The undo journal of an operation under way (see pipeline/transaction). */
  journal: string;
  lock: string;
  /** The temporary root that protects a new build until the profile does. */
  buildRoot: string;
  /** The garbage collector roots of the systems that it booted and runs now. */
  runningRoots: string;
}

/**
 * Concatenates strings instead of calling `join`, for speed: a thousand containers have sixteen thousand paths, and the
 * layout's directories are already joined.
 */
export function containerPlaces(layout: Layout, name: ContainerName): Places {
  const service = serviceOf(name);
  const profileDir = `${layout.profilesDir}/${name}`;
  const profile = `${profileDir}/system`;
  const dropInDir = `${layout.serviceDir}/${service}.d`;
  const runtimeDropInDir = `${layout.runtimeServiceDir}/${service}.d`;
  return {
    name,
    service,
    // A directory that the user chose may end with a slash.
    unitFile: join(layout.unitDir, `${name}.nspawn`),
    profileDir,
    profile,
    hostFiles: `${profile}/nixos-nspawn`,
    dropInDir,
    dropIn: `${dropInDir}/50-nixos-nspawn.conf`,
    runtimeDropInDir,
    runtimeDropIn: `${runtimeDropInDir}/override.conf`,
    declarativeFile: `${layout.declarativeDir}/${name}.json`,
    stateDir: `${layout.machinesDir}/${name}`,
    record: `${layout.stateDir}/containers/${name}.json`,
    journal: `${layout.stateDir}/journal/${name}.jsonl`,
    lock: `${layout.runDir}/locks/${name}.lock`,
    buildRoot: `${layout.runDir}/roots/${name}`,
    runningRoots: `${layout.runningRootsDir}/${name}`,
  };
}
