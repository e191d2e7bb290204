import * as Flags from '@oclif/core/flags';
import type { Source } from '../../src/container/source.js';
import { noSource } from '../../src/errors/requests.js';
import { emptyFlag } from '../../src/errors/usage.js';
import { fromHere, workingDirectory } from '../boot/working-directory.js';

/** The three kinds of source for a container, which exclude each other. */
export const sourceFlags = {
  config: Flags.string({
    description: "File with the container's configuration",
    helpValue: 'FILE',
    exclusive: ['flake', 'profile'],
  }),
  flake: Flags.string({
    description:
      "Flake with the container's configuration, like '.#web'; without '#…', the attribute is the container's name",
    helpValue: 'URL',
    exclusive: ['config', 'profile'],
  }),
  profile: Flags.string({
    description: "Prebuilt closure, or a 'result' link to one",
    helpValue: 'PATH',
    exclusive: ['config', 'flake'],
  }),
  nixpkgs: Flags.string({
    description:
      'nixpkgs for --config: a path, a <name> in NIX_PATH, or a flake reference (default: <nixpkgs>)',
    helpValue: 'REF|PATH',
    env: 'NIXOS_NSPAWN_NIXPKGS',
  }),
  system: Flags.string({
    description: 'Nix system to build for, like x86_64-linux (default: that of this machine)',
    helpValue: 'SYSTEM',
  }),
};

interface GivenSource {
  config?: string | undefined;
  flake?: string | undefined;
  profile?: string | undefined;
  nixpkgs?: string | undefined;
}

/**
 * The source that the flags name; null if they name none.
 *
 * @throws NspawnError `usage` for an empty value, as from a script with an unset variable. As a path it would mean the
 * working directory.
 */
export function sourceFromFlags(flags: GivenSource): Source | null {
  for (const flag of ['flake', 'config', 'profile', 'nixpkgs'] as const) {
    if (flags[flag] === '') throw emptyFlag(flag);
  }
  if (flags.flake !== undefined)
    return { kind: 'flake', reference: flags.flake, directory: workingDirectory() };
  if (flags.config !== undefined)
    return { kind: 'config', file: fromHere(flags.config), nixpkgs: flags.nixpkgs ?? null };
  if (flags.profile !== undefined) return { kind: 'profile', path: fromHere(flags.profile) };
  return null;
}

/** @throws NspawnError `no-source` */
export function requireSource(flags: GivenSource): Source {
  const source = sourceFromFlags(flags);
  if (source === null) throw noSource();
  return source;
}
