import { nearest } from '../text/nearest.js';
import { printable, shellLike } from '../text/printable.js';
import { list, quote } from '../text/words.js';
import { ExitCode } from './exit-codes.js';
import { NspawnError } from './nspawn-error.js';

/** Turns the failure of a Nix command into an error that contains the reason given by Nix instead of its event lines. */
export function nixFailed(
  failure: NspawnError,
  {
    subcommand,
    reason,
    stderr,
    isInGit,
  }: { subcommand: string; reason: string | null; stderr: string; isInGit: boolean },
): NspawnError {
  return new NspawnError({
    code: failure.code,
    exitCode: failure.exitCode,
    message: reason === null ? failure.message : `'nix ${subcommand}' failed: ${reason}.`,
    nextSteps: afterNix(stderr, isInGit),
    details: { ...failure.details, stderr },
    cause: failure.cause,
  });
}

/** A failure of Nix that may be due to the defaults of the host, which its output names. */
export function nixFailedInDefaults(failure: NspawnError, file: string): NspawnError {
  return new NspawnError({
    code: failure.code,
    exitCode: failure.exitCode,
    message: failure.message,
    nextSteps: [
      `The output of Nix names ${file}, which contains the defaults of the host for containers. The error may be there.`,
      ...failure.nextSteps,
    ],
    details: { ...failure.details, defaults: file },
    cause: failure.cause,
  });
}

/** The next steps after a failure of Nix. `isInGit`: whether it took the flake from a local git repository. */
function afterNix(stderr: string, isInGit: boolean): string[] {
  const owned = /repository path '([^']+)' is not owned by current user/.exec(stderr)?.[1];
  if (owned !== undefined) {
    const path = owned.replace(/(.)\/$/, '$1');
    return [
      `The repository belongs to another user. To trust it, run '${shellLike(['git', 'config', '--global', '--add', 'safe.directory', path])}' as the user who runs nixos-nspawn.`,
      `Alternatively, pass the path, which Nix reads without git: --flake ${shellLike([`path:${path}#NAME`])}.`,
    ];
  }
  const general =
    'Fix the error and run the command again. --verbose shows the complete output and the trace.';
  const lacksFlake =
    /could not find a flake\.nix file|-source\/(?:\S+\/)?flake\.nix' does not exist|does not contain a '\S*flake\.nix' file/;
  const lacksFile =
    /\/nix\/store\/[a-z0-9]{32}-source\/\S+' does not exist|getting status of '\/nix\/store\/[a-z0-9]{32}-source|is not tracked by Git/;
  const hints = [];
  if (lacksFlake.test(stderr))
    hints.push("A flake is a directory with a file 'flake.nix'. For a single file, use --config FILE.");
  if (isInGit && (lacksFlake.test(stderr) || lacksFile.test(stderr)))
    hints.push(
      "In a git repository, Nix sees only the files that git tracks. For a new file, run 'git add -N FILE' there.",
    );
  return [...hints, general];
}

export function badProfile(
  path: string,
  missing: readonly string[],
  why = `it lacks ${list(missing)}`,
): NspawnError {
  return new NspawnError({
    code: 'bad-profile',
    exitCode: ExitCode.refused,
    message: `${path} is not a container's closure: ${why}.`,
    nextSteps: ['Build it with mkContainer for the same container name, and pass the result.'],
    details: { path, missing },
  });
}

export function badSettings(path: string, problems: readonly string[], cause?: unknown): NspawnError {
  return new NspawnError({
    code: 'bad-settings',
    exitCode: ExitCode.refused,
    message: `The container's settings in ${path} are not valid: ${problems.join('; ')}.`,
    nextSteps: ["Fix the container's configuration, or build it again with this version of nixos-nspawn."],
    details: { path, problems },
    cause,
  });
}

export function badFlakeReference(reference: string, why: string): NspawnError {
  return new NspawnError({
    code: 'bad-flake-reference',
    exitCode: ExitCode.usage,
    message: `${quote(printable(reference))} is not a valid flake reference: ${why}.`,
    nextSteps: ["Examples: '.#web', 'path:/srv/containers#web', 'github:owner/repository#web'."],
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
    message: `Flake ${quote(flake)} has neither nixosContainers.${system}.${attribute} nor nixosContainers.${attribute}.`,
    nextSteps: [
      ...(meant === null ? [] : [`Did you mean ${quote(meant)}?`]),
      names.length > 0
        ? `It has: ${list(names.slice(0, LISTED))}${more}.`
        : 'It has no nixosContainers for this system.',
    ],
    details: { flake, attribute, system, available: names },
  });
}

export function noNixpkgs(): NspawnError {
  return new NspawnError({
    code: 'no-nixpkgs',
    exitCode: ExitCode.hostLacks,
    message: 'No nixpkgs was found to evaluate the configuration.',
    nextSteps: [
      'Pass one with --nixpkgs PATH|FLAKE, or set the variable NIXOS_NSPAWN_NIXPKGS, or <nixpkgs> in NIX_PATH.',
    ],
  });
}
