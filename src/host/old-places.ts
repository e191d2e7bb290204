import { join } from 'node:path';
import type { ContainerName } from '../container/name.js';
import type { Layout } from './layout.js';

/** Where the module `containers` has a container's settings and its root. */
export interface OldHome {
  settings: string;
  stateDir: string;
}

/** Where the parts of a container of the module `containers` are, and what a migration makes for it. */
export interface OldPlaces {
  /** The second one is that of hosts from before NixOS 22.05. */
  homes: readonly OldHome[];
  /** The systemd unit that runs the container. */
  service: string;
  /**
   * A link here to /dev/null masks the unit. The directory takes precedence over all others (systemd.unit(5)), and can be
   * written on NixOS too, where /etc/systemd/system is in the store.
   */
  mask: string;
  profileDir: string;
  profile: string;
  /** Garbage collector roots of the container, which its own Nix makes. */
  rootsDir: string;
  /** The configuration that a migration makes for the container. */
  configurationDir: string;
  configuration: string;
  /** The record of a migration that is neither finished nor undone. */
  migration: string;
}

/** The directories of the module `containers`, from the root. */
const HOMES = [
  { settings: 'etc/nixos-containers', state: 'var/lib/nixos-containers' },
  { settings: 'etc/containers', state: 'var/lib/containers' },
];

export const oldServiceOf = (name: string) => `container@${name}.service`;

export function oldPlaces(
  { root, serviceDir, stateDir }: Pick<Layout, 'root' | 'serviceDir' | 'stateDir'>,
  name: ContainerName,
): OldPlaces {
  const service = oldServiceOf(name);
  const profileDir = join(root, 'nix/var/nix/profiles/per-container', name);
  const configurationDir = join(root, 'etc/nixos-nspawn/containers', name);
  return {
    homes: oldDirectories(root).map(({ settings, state }) => ({
      settings: join(settings, `${name}.conf`),
      stateDir: join(state, name),
    })),
    service,
    mask: `${serviceDir}.control/${service}`,
    profileDir,
    profile: join(profileDir, 'system'),
    rootsDir: join(root, 'nix/var/nix/gcroots/per-container', name),
    configurationDir,
    configuration: join(configurationDir, 'container.nix'),
    migration: join(stateDir, 'migrations', `${name}.json`),
  };
}

export const oldDirectories = (root: string) =>
  HOMES.map(({ settings, state }) => ({ settings: join(root, settings), state: join(root, state) }));
