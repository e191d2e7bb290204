import { nearest } from '../text/nearest.js';
import { printable, shellLike } from '../text/printable.js';
import { list, quote } from '../text/words.js';
import { ExitCode } from './exit-codes.js';
import { NspawnError } from './nspawn-error.js';

/** Turns the failure of a Nix command into an error that says what Nix meant, instead of its event lines. */
export function nixFailed(
  failure: NspawnError,
  { subcommand, reason, stderr }: { subcommand: string; reason: string | null; stderr: string },
): NspawnError {
  return new NspawnError({
    code: failure.code,
    exitCode: failure.exitCode,
    message: reason === null ? failure.message : `'nix ${subcommand}' failed: ${reason}.`,
    nextSteps: afterNix(stderr),
    details: { ...failure.details, stderr },
    cause: failure.cause,
  });
}

/** The next steps after a failure of Nix, if its output suggests any. */
function afterNix(stderr: string): string[] {
  const owned = /repository path '([^']+)' is not owned by current user/.exec(stderr)?.[1];
  if (owned !== undefined) {
    const path = owned.replace(/(.)\/$/, '$1');
    return [
      `The repository belongs to another user. To trust it, run '${shellLike(['git', 'config', '--global', '--add', 'safe.directory', path])}' as the user that runs this command.`,
      `Or leave git out of it: --flake ${shellLike([`path:${path}#NAME`])}.`,
    ];
  }
  const general =
    'Correct what it names and run the same command again; --verbose shows its whole output and the trace.';
  const inSources =
    /(?:\/nix\/store\/[a-z0-9]{32}-source\/\S+' does not exist|getting status of '\/nix\/store\/[a-z0-9]{32}-source|is not tracked by Git|does not contain a '\S*flake\.nix' file)/;
  return inSources.test(stderr)
    ? [
        "Nix sees only the files of a git repository that git knows: run 'git add -N FILE' there for new ones.",
        general,
      ]
    : [general];
}

export function badProfile(path: string, missing: readonly string[]): NspawnError {
  return new NspawnError({
    code: 'bad-profile',
    exitCode: ExitCode.refused,
    message: `${path} is not a container's closure: it lacks ${list(missing)}.`,
    nextSteps: ['Build it with mkContainer, for the same container name, and give its result here.'],
    details: { path, missing },
  });
}

export function badSettings(path: string, problems: readonly string[], cause?: unknown): NspawnError {
  return new NspawnError({
    code: 'bad-settings',
    exitCode: ExitCode.refused,
    message: `The container's settings in ${path} are not usable: ${problems.join('; ')}.`,
    nextSteps: [
      "Correct the container's configuration, or build it again with this version of nixos-nspawn.",
    ],
    details: { path, problems },
    cause,
  });
}

export function badFlakeReference(reference: string, why: string): NspawnError {
  return new NspawnError({
    code: 'bad-flake-reference',
    exitCode: ExitCode.usage,
    message: `${quote(printable(reference))} is not a flake reference: ${why}.`,
    nextSteps: ["Write it like '.#web', 'path:/srv/containers#web' or 'github:owner/repository#web'."],
    details: { reference },
  });
}

/** How many names an error lists at most. */
const LISTED = 12;

export function noFlakeContainer(
  flake: string,
  attribute: string,
  system: string,
  names: readonly string[],
): NspawnError {
  const meant = nearest(attribute, names);
  const more = names.length > LISTED ? ` and ${names.length - LISTED} more` : '';
  return new NspawnError({
    code: 'no-flake-container',
    exitCode: ExitCode.refused,
    message: `Flake ${flake} has neither nixosContainers.${system}.${attribute} nor nixosContainers.${attribute}.`,
    nextSteps: [
      ...(meant === null ? [] : [`Did you mean ${quote(meant)}?`]),
      names.length > 0
        ? `It has: ${list(names.slice(0, LISTED))}${more}.`
        : 'It has no nixosContainers for this system at all.',
    ],
    details: { flake, attribute, system, available: names },
  });
}

export function noNixpkgs(): NspawnError {
  return new NspawnError({
    code: 'no-nixpkgs',
    exitCode: ExitCode.hostLacks,
    message: 'No nixpkgs was found to evaluate the configuration with.',
    nextSteps: [
      'Give one with --nixpkgs PATH|FLAKE or the variable NIXOS_NSPAWN_NIXPKGS, or set <nixpkgs> in NIX_PATH.',
    ],
  });
}
