import type { Argv } from '../base/process.js';

type Family = 'debian' | 'fedora' | 'arch';

const INSTALL: Readonly<Record<Family, readonly [string, ...string[]]>> = {
  debian: ['apt-get', 'install', '--yes'],
  fedora: ['dnf', 'install', '--assumeyes'],
  arch: ['pacman', '--sync', '--noconfirm'],
};

/** Packages that have another name in a distribution, or are part of another package. */
const WITHIN: Readonly<Record<Family, Readonly<Record<string, string>>>> = {
  debian: { 'systemd-networkd': 'systemd', 'nss-mymachines': 'libnss-mymachines', nix: 'nix-bin' },
  fedora: { 'nss-mymachines': 'systemd-container' },
  arch: {
    'systemd-container': 'systemd',
    'systemd-networkd': 'systemd',
    'systemd-resolved': 'systemd',
    'nss-mymachines': 'systemd',
  },
};

/** The command that installs a package on a distribution with these ids; none if the distribution is not known. */
export function installCommand(distribution: readonly string[], name: string): Argv[] {
  const family = distribution.find((id): id is Family => id in INSTALL);
  if (family === undefined) return [];
  return [[...INSTALL[family], WITHIN[family][name] ?? name]];
}
