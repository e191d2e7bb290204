import { type NixOptions, nix } from './command.js';

export interface CopyTarget {
  /** URL of the store: `ssh-ng://root@web1`. */
  store: string;
  /** Options for ssh, as in NIX_SSHOPTS. */
  sshOptions: string;
  /** Path of nix-daemon there; null to find it in PATH. */
  daemon: string | null;
}

/** Copies a closure to another store. `substitutes`: that store may get paths from its binary caches. */
export async function copyClosure(
  path: string,
  { store, sshOptions, daemon }: CopyTarget,
  { substitutes }: { substitutes: boolean },
  options: NixOptions,
): Promise<void> {
  const program = daemon === null ? '' : `?remote-program=${encodeURIComponent(daemon)}`;
  await nix(
    ['copy'],
    [
      // A trusted user, such as root, may copy what was built here. From others, the store requires signatures anyway.
      '--no-check-sigs',
      ...(substitutes ? ['--substitute-on-destination'] : []),
      '--to',
      `${store}${program}`,
      '--',
      path,
    ],
    { ...options, env: { NIX_SSHOPTS: sshOptions } },
  );
}
