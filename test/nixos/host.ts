import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BootOptions } from '../host/host.js';
import { CommandFailure, HostCommand } from '../host/host-command.js';

const here = dirname(fileURLToPath(import.meta.url));

/** A nixpkgs. The tests use its `lib/` and `nixos/`, and are skipped without one. */
export const source = process.env.NIXOS_NSPAWN_TEST_NIXPKGS;

/** A directory with programs that Debian does not have. */
export const given = process.env.NIXOS_NSPAWN_TEST_PROGRAMS;

/** The path on a host of the nixpkgs whose packages are Debian's programs. */
export const NIXPKGS = '/srv/nixpkgs';

/** The options of a host that can build and run containers of this nixpkgs. Creates what they need if necessary. */
export async function bootOptions(nixpkgs: string): Promise<BootOptions> {
  const argv = [join(here, 'prepare.sh'), nixpkgs] as const;
  const outcome = await new HostCommand(argv, undefined).outcome;
  if (outcome.code !== 0) throw new CommandFailure(argv, outcome);
  const [programs = '', tree = '', nix = ''] = outcome.stdout.trim().split('\n');
  return {
    binds: [
      { from: programs, to: '/srv/programs', readOnly: true },
      { from: tree, to: NIXPKGS, readOnly: true },
    ],
    nix,
  };
}
