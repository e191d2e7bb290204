import { isIPv6 } from 'node:net';
import { badTarget } from '../errors/remote.js';

/** A host that ssh can reach. */
export interface Target {
  /** As the user wrote it. */
  name: string;
  /** For ssh: `root@fd99::2`. */
  ssh: string;
  /** For Nix: `ssh-ng://root@[fd99::2]`. */
  store: string;
}

/** Parses `[USER@]HOST`. The host may be a name of ssh's configuration. @throws NspawnError `usage` */
export function parseTarget(name: string): Target {
  const at = name.lastIndexOf('@');
  const [user, host] = [name.slice(0, Math.max(at, 0)), name.slice(at + 1)];
  const address = host.replace(/^\[(.*)\]$/, '$1');
  const isAddress = isIPv6(address);
  // ssh would take a leading dash for an option, and Nix parts of a URL for something else.
  if (!isAddress && !/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(host)) throw badTarget(name);
  if (at !== -1 && !/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(user)) throw badTarget(name);
  const before = at === -1 ? '' : `${user}@`;
  return {
    name,
    ssh: `${before}${isAddress ? address : host}`,
    store: `ssh-ng://${before}${isAddress ? `[${address}]` : host}`,
  };
}
