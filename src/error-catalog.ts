import type { ErrorCode } from './error-codes.js';
import { ExitCode, NspawnError } from './errors.js';
import { nearest } from './nearest.js';

/*
 * Every error of the tool, in one place, so that they can be read as a set:
 * what happened, why where that is known, and what to do next.
 */

const quote = (text: string) => `'${text}'`;
const list = (names: readonly string[]) => names.join(', ');

export function invalidName(name: string, rule: string): NspawnError {
  return new NspawnError({
    code: 'invalid-name',
    exitCode: ExitCode.usage,
    message: `${quote(printable(name))} is no container name: ${rule}.`,
    nextSteps: ['Use 1 to 64 letters, digits, "-" and ".", beginning and ending with a letter or digit.'],
    details: { name },
  });
}

export function usage(message: string, nextSteps: readonly string[] = []): NspawnError {
  return new NspawnError({ code: 'usage', exitCode: ExitCode.usage, message, nextSteps });
}

export function noSource(): NspawnError {
  return new NspawnError({
    code: 'no-source',
    exitCode: ExitCode.usage,
    message: 'No configuration was given.',
    nextSteps: ['Give one of --flake REF, --config FILE or --profile PATH.'],
  });
}

/** @param former a source that is remembered, but of a generation that the profile no longer has or has gone past */
export function noStoredSource(name: string, former: string | null = null): NspawnError {
  const stale =
    former === null
      ? ''
      : ` Something other than nixos-nspawn has changed its profile since nixos-nspawn built it from ${printable(former)}.`;
  return new NspawnError({
    code: 'no-stored-source',
    exitCode: ExitCode.usage,
    message: `It is not known what ${quote(name)} was made from.${stale}`,
    nextSteps: [
      'Give one of --flake REF, --config FILE or --profile PATH; the next update then remembers it.',
    ],
    details: { name },
  });
}

export function notConfirmed(name: string): NspawnError {
  return new NspawnError({
    code: 'not-confirmed',
    exitCode: ExitCode.refused,
    message: `${quote(name)} was not removed.`,
    nextSteps: ["Answer 'y', or give --yes to remove it without a question."],
    details: { name },
  });
}

/** @param meant a name that the caller may have meant */
export function noSuchContainer(name: string, meant: string | null = null): NspawnError {
  return new NspawnError({
    code: 'no-such-container',
    exitCode: ExitCode.noSuchContainer,
    message: `There is no container ${quote(name)}.`,
    nextSteps: [
      ...(meant === null ? [] : [`Did you mean ${quote(meant)}?`]),
      "'nixos-nspawn list' shows the containers of this host.",
    ],
    details: { name },
  });
}

export function noGeneration(
  name: string,
  wanted: number | 'previous' | 'current',
  recorded: readonly number[],
): NspawnError {
  return new NspawnError({
    code: 'no-generation',
    exitCode: ExitCode.noGeneration,
    message:
      wanted === 'previous'
        ? `Container ${quote(name)} has no earlier generation to go back to.`
        : wanted === 'current'
          ? `Container ${quote(name)} has no current generation.`
          : `Container ${quote(name)} has no generation ${wanted}.`,
    nextSteps: [
      `Recorded: ${list(recorded.map(String)) || 'none'}; see 'nixos-nspawn list-generations ${name}'.`,
    ],
    details: { name, generations: recorded },
  });
}

export function exists(name: string, place: string): NspawnError {
  return new NspawnError({
    code: 'exists',
    exitCode: ExitCode.exists,
    message: `A container ${quote(name)} exists already (${place}).`,
    nextSteps: [`'nixos-nspawn update ${name}' changes it; 'nixos-nspawn remove ${name}' takes it away.`],
    details: { name, path: place },
  });
}

/** A machine of that name runs, with nothing of a container of ours on disk: one that was declared, say. */
export function machineRuns(name: string): NspawnError {
  return new NspawnError({
    code: 'exists',
    exitCode: ExitCode.exists,
    message: `A machine ${quote(name)} runs already, and is no container of nixos-nspawn.`,
    nextSteps: [`'machinectl status ${name}' says what it is; 'machinectl poweroff ${name}' ends it.`],
    details: { name },
  });
}

export function leftovers(name: string, places: readonly string[]): NspawnError {
  return new NspawnError({
    code: 'leftovers',
    exitCode: ExitCode.exists,
    message: `Parts of an incomplete container ${quote(name)} are in the way: ${list(places)}.`,
    nextSteps: [`'nixos-nspawn remove ${name}' cleans them up; its state directory is kept.`],
    details: { name, paths: places },
  });
}

export function foreignUnit(name: string, path: string): NspawnError {
  return new NspawnError({
    code: 'foreign',
    exitCode: ExitCode.notOurs,
    message: `${path} was not made by nixos-nspawn, so ${quote(name)} is left alone.`,
    nextSteps: ['Choose another name, or remove that file by hand if nothing needs it.'],
    details: { name, path },
  });
}

export function declarative(name: string): NspawnError {
  return new NspawnError({
    code: 'declarative',
    exitCode: ExitCode.notOurs,
    message: `Container ${quote(name)} is declared in this host's NixOS configuration.`,
    nextSteps: [`Change nixos.containers.${name} there and run 'nixos-rebuild switch'.`],
    details: { name },
  });
}

export interface LockHolder {
  pid: number | null;
  operation: string | null;
}

export function locked(name: string, holder: LockHolder): NspawnError {
  const who = holder.pid === null ? 'another run' : `PID ${holder.pid}`;
  const what = holder.operation === null ? '' : `, running ${quote(holder.operation)}`;
  return new NspawnError({
    code: 'locked',
    exitCode: ExitCode.locked,
    message: `Container ${quote(name)} is locked by ${who}${what}.`,
    nextSteps: ['Wait for it to end, or give --wait SECONDS.'],
    details: { name, pid: holder.pid, operation: holder.operation },
  });
}

export function hostLacks(what: string, nextSteps: readonly string[]): NspawnError {
  return new NspawnError({
    code: 'host-lacks',
    exitCode: ExitCode.hostLacks,
    message: `This host lacks ${what}.`,
    nextSteps,
  });
}

/** For what systemd, the kernel or Nix allow root alone. */
export function needsRoot(what: string, cause?: NspawnError): NspawnError {
  return new NspawnError({
    code: 'host-lacks',
    exitCode: ExitCode.hostLacks,
    message: `${what} needs root.`,
    nextSteps: ['Run the same command with sudo.'],
    cause,
  });
}

/** What doctor finds and no container can do without; `finding` names its section of the manual's page. */
export function hostUnfit(
  finding: string,
  { what, why }: { what: string; why: string },
  nextSteps: readonly string[],
  cause?: NspawnError,
): NspawnError {
  return new NspawnError({
    code: 'host-lacks',
    exitCode: ExitCode.hostLacks,
    message: `This host is not ready for containers. ${what} ${why}`,
    nextSteps: [...nextSteps, "'nixos-nspawn doctor' tells all that is wrong with it."],
    details: { finding },
    cause,
  });
}

/** A fix whose commands succeeded, and which changed nothing about what was found. */
export function notFixed(finding: string, what: string): NspawnError {
  return new NspawnError({
    code: 'not-fixed',
    exitCode: ExitCode.hostLacks,
    message: `The commands of the fix succeeded, but the problem is still there: ${what}`,
    nextSteps: ["Run 'nixos-nspawn doctor' again, and read the section of this finding in its manual page."],
    details: { finding },
  });
}

export function commandMissing(file: string, cause?: unknown): NspawnError {
  return new NspawnError({
    code: 'command-missing',
    exitCode: ExitCode.hostLacks,
    message: `The command ${quote(file)} was not found.`,
    nextSteps: [`Install it, and see that PATH names its directory.`],
    details: { command: file },
    cause,
  });
}

/** Only what deletes a container's state needs chattr, and only where NixOS has run in it. */
export interface CommandFailure {
  argv: readonly string[];
  exitCode: number | null;
  signal: string | null;
  stderr: string;
  timedOut?: boolean;
  reason?: string;
  cause?: unknown;
}

export function commandFailed(failure: CommandFailure): NspawnError {
  const how = failure.timedOut
    ? 'took too long and was ended'
    : failure.signal
      ? `was killed by ${failure.signal}`
      : failure.exitCode === null
        ? `failed: ${failure.reason ?? 'no exit code'}`
        : `exited with code ${failure.exitCode}`;
  return new NspawnError({
    code: 'command-failed',
    exitCode: ExitCode.externalCommand,
    message: `${quote(shellLike(failure.argv.map(shortWord)))} ${how}.`,
    details: {
      argv: failure.argv,
      command_exit_code: failure.exitCode,
      signal: failure.signal,
      stderr: failure.stderr,
      ...(failure.timedOut ? { timed_out: true } : {}),
    },
    cause: failure.cause,
  });
}

/** Linux takes words of a command of 128 KiB at most (MAX_ARG_STRLEN), and all together by its limit for the stack. */
export function commandTooLong(
  argv: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
  cause?: unknown,
): NspawnError {
  const words = [...argv, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)];
  const sizes = words.map((word) => Buffer.byteLength(word) + 1);
  const all = sizes.reduce((sum, size) => sum + size, 0);
  const longest = Math.max(...sizes);
  return new NspawnError({
    code: 'command-too-long',
    exitCode: ExitCode.refused,
    message: `${quote(shortWord(argv[0] ?? ''))} could not be started: its arguments and variables take ${kib(all)}, the longest ${kib(longest)}; Linux takes 128 KiB for each, and about 2048 KiB for all.`,
    nextSteps: ['Give less, or put what is long into a file and name the file.'],
    details: { command: shortWord(argv[0] ?? ''), bytes: all, longest_bytes: longest },
    cause,
  });
}

const kib = (bytes: number) => `${Math.ceil(bytes / 1024)} KiB`;

/** A message is for reading; a word of a command may be as long as a file. */
const shortWord = (word: string) => (word.length > 300 ? `${word.slice(0, 200)}...` : word);

/** `what` is whose parameters they are, as the beginning of a sentence. */
export function parametersTooLarge(what: string, bytes: number, limit: number): NspawnError {
  return new NspawnError({
    code: 'parameters-too-large',
    exitCode: ExitCode.refused,
    message: `${what} take ${kib(bytes)}, and at most ${kib(limit)} can be handed to Nix.`,
    nextSteps: [
      "Give less, or write what is long in the container's configuration, which may read it from a file.",
    ],
    details: { bytes, limit },
  });
}

/** The failure of a command of Nix, with what Nix meant in place of its event lines. */
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

/** What to do about a failure of Nix, where its words tell. */
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

export function interrupted(reason: unknown): NspawnError {
  const message =
    typeof reason === 'string'
      ? `Interrupted by ${sentence(reason)}`
      : reason instanceof Error
        ? `Interrupted: ${sentence(reason.message)}`
        : 'Interrupted by the caller.';
  return new NspawnError({
    code: 'interrupted',
    exitCode: ExitCode.interrupted,
    message,
    cause: reason,
  });
}

export function outputLost(cause: NodeJS.ErrnoException): NspawnError {
  return new NspawnError({
    code: 'output-lost',
    exitCode: ExitCode.outputLost,
    message: `The result could not be written to standard output: ${cause.code}.`,
    nextSteps: [
      "What the command did is not undone for this; 'nixos-nspawn status' shows what there is now.",
      'Free some space where standard output leads to, or write it elsewhere.',
    ],
    details: { errno: cause.code },
    cause,
  });
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

/** How many names an error lists. */
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

export function unreadableFile(path: string, what: string, cause?: unknown): NspawnError {
  return new NspawnError({
    code: 'no-such-file',
    exitCode: ExitCode.refused,
    message: `${what} ${path} cannot be read.`,
    nextSteps: ['Check the path.'],
    details: { path },
    cause,
  });
}

export function directoryMissing(path: string, why: string, cause?: unknown): NspawnError {
  return new NspawnError({
    code: 'no-such-directory',
    exitCode: ExitCode.refused,
    message: `The directory ${path} does not exist, and ${why}.`,
    nextSteps: ['Put it back, or name another source: --flake REF, --config FILE or --profile PATH.'],
    details: { path },
    cause,
  });
}

/** Without a working directory nothing relative can be found. */
export function noWorkingDirectory(isClosed: boolean): NspawnError {
  return new NspawnError({
    code: 'no-such-directory',
    exitCode: ExitCode.refused,
    message: `The working directory ${isClosed ? 'is closed to this user' : 'was deleted'}, so no relative path can be found.`,
    nextSteps: ['Change to another directory, or give an absolute path.'],
  });
}

export function pathInTheWay(path: string): NspawnError {
  return new NspawnError({
    code: 'path-in-the-way',
    exitCode: ExitCode.notOurs,
    message: `${path} is there already and is not the tool's own.`,
    nextSteps: ['Move it away if nothing needs it, then try again.'],
    details: { path },
  });
}

export function imageInTheWay(name: string, path: string): NspawnError {
  return new NspawnError({
    code: 'path-in-the-way',
    exitCode: ExitCode.notOurs,
    message: `${path} is there already, and systemd-nspawn can take it for the container ${quote(name)}.`,
    nextSteps: ['Choose another name, or move it away if nothing needs it, then try again.'],
    details: { name, path },
  });
}

export function bindSourceMissing(name: string, source: { path: string; why: string }): NspawnError {
  const { path, why } = source;
  return new NspawnError({
    code: 'bind-source-missing',
    exitCode: ExitCode.hostLacks,
    message: `${quote(name)} mounts ${printable(path)} of the host, which ${why}.`,
    nextSteps: [
      'Put it there, or mount the file system that has it, then try again.',
      "For a directory that may be empty, set 'create = true' in that entry of bindMounts.",
    ],
    details: { name, path },
  });
}

export function stateOutside(path: string, why = 'is not a plain directory'): NspawnError {
  return new NspawnError({
    code: 'state-outside',
    exitCode: ExitCode.refused,
    message: `${path} ${why}, so nothing was deleted.`,
    nextSteps: ['Unmount it or delete it by hand if that is what you want, then try again.'],
    details: { path },
  });
}

/** @param first one of those that are left, with the kernel's code */
export function stateNotDeleted(
  tree: string,
  first: { path: string; code: string },
  { count, needsChattr }: { count: number; needsChattr: boolean },
): NspawnError {
  const others = count > 1 ? ` (and ${count - 1} more)` : '';
  return new NspawnError({
    code: 'state-not-deleted',
    exitCode: ExitCode.refused,
    message: `${tree} could not be deleted completely: ${printable(first.path)} stays${others}, for the kernel answered ${first.code}.`,
    nextSteps: [
      ...(needsChattr ? ["Install 'chattr' (package e2fsprogs)."] : []),
      ...(first.code === 'EROFS'
        ? ["A Btrfs subvolume is made writable with 'btrfs property set SUBVOLUME ro false'."]
        : []),
      `Run '${shellLike(['chattr', '-R', '-ia', tree])}; ${shellLike(['rm', '-rf', '--', tree])}' when nothing holds it any more.`,
    ],
    details: { tree, path: first.path, reason: first.code, count },
  });
}

export function notStarted(name: string, cause: NspawnError, journal: string): NspawnError {
  return new NspawnError({
    code: 'not-started',
    exitCode: ExitCode.externalCommand,
    message: `Container ${quote(name)} did not start. ${cause.message}`,
    nextSteps: [
      'Correct what its last words name, and try again.',
      `'journalctl -u systemd-nspawn@${name}' has the rest.`,
    ],
    details: { ...cause.details, name, journal },
    cause,
  });
}

/** A start that failed before anything of the container's own configuration ran. */
export function hostPreventedStart(
  name: string,
  cause: NspawnError,
  journal: string,
  why: string,
): NspawnError {
  return new NspawnError({
    code: 'host-prevented-start',
    exitCode: ExitCode.externalCommand,
    message: `The host prevented the start of container ${quote(name)}: ${why}.`,
    nextSteps: [
      `The configuration is not the cause. Correct this on the host, then 'nixos-nspawn start ${name}'.`,
      `'journalctl -u systemd-nspawn@${name}' has the rest.`,
    ],
    details: { ...cause.details, name, journal },
    cause,
  });
}

/** What follows when the host prevents the start of a new generation. */
export function activationPrevented(cause: NspawnError, kept: boolean): NspawnError {
  return new NspawnError({
    code: cause.code,
    exitCode: cause.exitCode,
    message: `${cause.message} ${kept ? 'The new generation is in place, and is not started.' : 'The change is undone.'}`,
    nextSteps: cause.nextSteps,
    details: { ...cause.details, kept },
    cause,
  });
}

export function notReloaded(
  name: string,
  cause: NspawnError,
  journal: string,
  why: string | null,
): NspawnError {
  return new NspawnError({
    code: 'not-reloaded',
    exitCode: ExitCode.externalCommand,
    message: `Container ${quote(name)} did not switch to the new configuration: ${why ?? 'the reload of its service failed'}. ${cause.message}`,
    nextSteps: [
      `Correct what its last words name, or use '--strategy restart'.`,
      `'journalctl -u systemd-nspawn@${name}' has the rest.`,
    ],
    details: { ...cause.details, name, journal },
    cause,
  });
}

export function unitsFailed(name: string, units: readonly string[], status: string): NspawnError {
  const [what, verb] = units.length === 1 ? ['This unit', 'has'] : ['These units', 'have'];
  return new NspawnError({
    code: 'units-failed',
    exitCode: ExitCode.externalCommand,
    message: `${what} of container ${quote(name)} ${verb} failed since the change: ${list(units)}.`,
    nextSteps: ["'--ignore-failed-units' activates the configuration nevertheless."],
    details: { name, units, journal: status },
  });
}

export function cannotReload(name: string, obstacles: readonly string[]): NspawnError {
  return new NspawnError({
    code: 'cannot-reload',
    exitCode: ExitCode.refused,
    message: `Container ${quote(name)} cannot be reloaded: ${obstacles.join(', ')}.`,
    nextSteps: ["Use '--strategy restart' or '--strategy dynamic'."],
    details: { name, obstacles },
  });
}

export function activationFailed(name: string, cause: NspawnError, restored: number | null): NspawnError {
  const message =
    restored === null
      ? `The new generation of ${quote(name)} failed, and stays in place as asked. ${cause.message}`
      : `The new generation of ${quote(name)} failed; generation ${restored} is back. ${cause.message}`;
  return new NspawnError({
    code: 'activation-failed',
    exitCode: restored === null ? ExitCode.activationFailedNotRestored : ExitCode.activationFailedRestored,
    message,
    nextSteps:
      restored === null
        ? [`'nixos-nspawn rollback ${name}' goes back.`]
        : ['Correct the configuration, then update again.'],
    details: {
      ...cause.details,
      name,
      restored_generation: restored,
      cause: { code: cause.code, message: cause.message },
    },
    cause,
  });
}

export function notRestored(name: string, cause: NspawnError, failures: readonly NspawnError[]): NspawnError {
  return new NspawnError({
    code: 'not-restored',
    exitCode: ExitCode.activationFailedNotRestored,
    message: `${cause.message} Undoing it failed too: ${failures.map((failure) => failure.message).join(' ')}`,
    nextSteps: [
      `Fix what it names. The next nixos-nspawn command on ${quote(name)} continues the undo.`,
      `'journalctl -u systemd-nspawn@${name}' tells more.`,
    ],
    details: {
      name,
      cause: { code: cause.code, message: cause.message, ...cause.details },
      undo_failures: failures.map((failure) => ({ code: failure.code, message: failure.message })),
    },
    cause,
  });
}

export function badJournal(path: string, line: number, outside: string | null, cause?: unknown): NspawnError {
  const fault = outside === null ? 'cannot be read' : `speaks of ${outside}, which is not this container's`;
  return new NspawnError({
    code: 'bad-journal',
    exitCode: ExitCode.unexpected,
    message: `Line ${line} of ${path}, the record of an operation that was cut short, ${fault}. Nothing was done.`,
    nextSteps: [
      outside === null
        ? 'If another version of nixos-nspawn wrote it, run the command again with that version.'
        : 'If that command had an option like --unit-file-dir, give the same one again.',
      'Else see to the container by hand, by what the other lines say, and delete the file.',
    ],
    details: { path, line },
    cause,
  });
}

/** The journal of an operation that was cut short, as a whole. */
export function journalUnreadable(path: string, why: string, cause: unknown): NspawnError {
  return new NspawnError({
    code: 'bad-journal',
    exitCode: ExitCode.unexpected,
    message: `${path}, the record of an operation that was cut short, ${why}. Nothing was done.`,
    nextSteps: ['Make it readable, or move it away and check the container by hand, then try again.'],
    details: { path },
    cause,
  });
}

export function recordUnreadable(path: string, why: string, cause?: unknown): NspawnError {
  return new NspawnError({
    code: 'record-unreadable',
    exitCode: ExitCode.refused,
    message: `${path}, which says what the container was made from, ${why}.`,
    nextSteps: [
      'Restore the file from a backup if you have one.',
      "Otherwise move it away, and give the source and the presets again: 'nixos-nspawn update NAME --flake REF --preset PRESET'.",
    ],
    details: { path },
    cause,
  });
}

/** A file of the tool's own, in a format that only a later version knows. */
export function newerFormat(path: string, found: number, known: number): NspawnError {
  return new NspawnError({
    code: 'newer-format',
    exitCode: ExitCode.refused,
    message: `${path} was written by a newer nixos-nspawn: its format is version ${found}, and this program knows version ${known}.`,
    nextSteps: ['Run the command with that nixos-nspawn, or install it in place of this one.'],
    details: { path, version: found, known_version: known },
  });
}

export function notStopped(name: string, seconds: number): NspawnError {
  return new NspawnError({
    code: 'not-stopped',
    exitCode: ExitCode.externalCommand,
    message: `Container ${quote(name)} still runs ${seconds} s after it was told to end.`,
    nextSteps: [`'machinectl status ${name}' shows what holds it.`],
    details: { name },
  });
}

/** The files of a container that has no user namespace any more belong to the users of one. */
export function ownersNotReturned(name: string, path: string, stderr: string): NspawnError {
  return new NspawnError({
    code: 'owners-not-returned',
    exitCode: ExitCode.externalCommand,
    message: `The files of ${quote(name)} in ${path} belong to a user namespace that it no longer has, and their owners could not be changed back. ${printable(stderr.split('\n')[0] ?? '')}`,
    nextSteps: [
      "Correct what systemd-nspawn names, and try again; or keep 'userNamespacing = true' in its configuration.",
    ],
    details: { name, path, stderr },
  });
}

export function badPresetText(text: string, why: string): NspawnError {
  return new NspawnError({
    code: 'bad-preset',
    exitCode: ExitCode.usage,
    message: `${quote(printable(text))} does not name a preset: ${why}.`,
    nextSteps: ["Write it like --preset NAME:key=value,key=value; 'nixos-nspawn presets' lists them."],
  });
}

export function unknownPreset(name: string, meant: string | null, known: readonly string[]): NspawnError {
  const suggestion = meant === null ? '' : ` Did you mean ${quote(meant)}?`;
  return new NspawnError({
    code: 'unknown-preset',
    exitCode: ExitCode.usage,
    message: `There is no preset ${quote(printable(name))}.${suggestion}`,
    nextSteps: [
      known.length > 0
        ? `There are: ${list(known)}; see 'nixos-nspawn presets'.`
        : 'No plugin that brings presets is loaded; --no-plugins leaves out all of them.',
    ],
    details: { preset: name },
  });
}

export function ambiguousPreset(name: string, places: readonly string[]): NspawnError {
  return new NspawnError({
    code: 'ambiguous-preset',
    exitCode: ExitCode.usage,
    message: `More than one plugin has a preset ${quote(name)}.`,
    nextSteps: [`Name the one you mean: ${list(places)}.`],
    details: { preset: name, available: places },
  });
}

export function badPresetParameters(
  preset: string,
  problems: readonly string[],
  nextSteps: readonly string[],
): NspawnError {
  return new NspawnError({
    code: 'bad-preset-parameters',
    exitCode: ExitCode.usage,
    message: `Preset ${quote(preset)} cannot be applied: ${sentence(problems.join('; '))}`,
    nextSteps,
    details: { preset, problems },
  });
}

export function presetsNeedSource(names: readonly string[]): NspawnError {
  return new NspawnError({
    code: 'presets-need-source',
    exitCode: ExitCode.refused,
    message: `A prebuilt profile takes no presets (${list(names)}): they are part of the evaluation, which is over.`,
    nextSteps: [
      'Give --flake or --config instead, or build the profile with the presets in its configuration.',
    ],
    details: { presets: names },
  });
}

export function hostFileShared(path: string, users: readonly string[]): NspawnError {
  return new NspawnError({
    code: 'host-file-shared',
    exitCode: ExitCode.refused,
    message: `${path} is in use by ${list(users.map(quote))} with another content.`,
    nextSteps: [
      'Give the preset the same parameters there and here, or choose another name for the network.',
    ],
    details: { path, containers: users },
  });
}

export function pluginRefused(
  plugin: string,
  moment: string,
  message: string,
  nextSteps: readonly string[],
): NspawnError {
  return new NspawnError({
    code: 'plugin-refused',
    exitCode: ExitCode.refused,
    message: `Plugin ${quote(plugin)} refused ${moment}: ${message}`,
    nextSteps,
    details: { plugin, moment },
  });
}

/** For every way in which a plugin itself is at fault. */
function pluginFault(
  code: ErrorCode,
  plugin: string,
  what: string,
  details: Readonly<Record<string, unknown>> = {},
  cause?: unknown,
): NspawnError {
  return new NspawnError({
    code,
    exitCode: ExitCode.refused,
    message: `Plugin ${quote(plugin)} ${what}`,
    nextSteps: [
      `'nixos-nspawn plugins inspect ${plugin}' tells where it comes from; --no-plugins goes on without any.`,
    ],
    details: { plugin, ...details },
    cause,
  });
}

export function pluginFailed(
  plugin: string,
  moment: string,
  why: string,
  details: Readonly<Record<string, unknown>> = {},
  cause?: unknown,
): NspawnError {
  return pluginFault(
    'plugin-failed',
    plugin,
    `failed ${moment}: ${sentence(why)}`,
    { moment, ...details },
    cause,
  );
}

export function pluginTimedOut(plugin: string, moment: string, seconds: number): NspawnError {
  return pluginFault('plugin-timed-out', plugin, `took longer than ${seconds} s ${moment}.`, {
    moment,
    seconds,
  });
}

export function pluginExited(
  plugin: string,
  moment: string,
  code: number | null,
  signal: string | null = null,
): NspawnError {
  const how = signal === null ? `ended itself with code ${code}` : `was ended by ${signal}`;
  return pluginFault('plugin-exited', plugin, `${how} ${moment}.`, {
    moment,
    plugin_exit_code: code,
    ...(signal === null ? {} : { plugin_signal: signal }),
  });
}

export function pluginsPlaceUntrusted(path: string, why: string): NspawnError {
  return new NspawnError({
    code: 'plugins-place-untrusted',
    exitCode: ExitCode.refused,
    message: `Plugins are neither run from ${path} nor put there: ${why}.`,
    nextSteps: ['Give it and the directories above it to root, and take the right to write from others.'],
    details: { path },
  });
}

export function pluginNonsense(plugin: string, moment: string, why: string): NspawnError {
  return pluginFault('plugin-nonsense', plugin, `broke its contract ${moment}: ${sentence(why)}`, { moment });
}

export function pluginsLocked(holder: LockHolder): NspawnError {
  const who = holder.pid === null ? 'another run' : `PID ${holder.pid}`;
  return new NspawnError({
    code: 'locked',
    exitCode: ExitCode.locked,
    message: `The installed plugins are being changed by ${who}.`,
    nextSteps: ['Wait for it to end, or give --wait SECONDS.'],
    details: { pid: holder.pid, operation: holder.operation },
  });
}

export function badPluginSource(text: string): NspawnError {
  return new NspawnError({
    code: 'bad-plugin-source',
    exitCode: ExitCode.usage,
    message: `${quote(printable(text))} is nothing that a plugin can be installed from.`,
    nextSteps: [
      "Give a name of the registry ('policy', 'policy@1.2'), a tarball or a folder ('./policy'), or an address ('git+https://...').",
    ],
    details: { source: text },
  });
}

export function unknownPlugin(name: string, meant: string | null, known: readonly string[]): NspawnError {
  const suggestion = meant === null ? '' : ` Did you mean ${quote(meant)}?`;
  return new NspawnError({
    code: 'unknown-plugin',
    exitCode: ExitCode.usage,
    message: `There is no plugin ${quote(printable(name))}.${suggestion}`,
    nextSteps: [
      known.length > 0 ? `There are: ${list(known)}; see 'nixos-nspawn plugins'.` : 'None is installed.',
    ],
    details: { plugin: name },
  });
}

export function bundledPlugin(name: string): NspawnError {
  return new NspawnError({
    code: 'bundled-plugin',
    exitCode: ExitCode.refused,
    message: `Plugin ${quote(name)} comes with nixos-nspawn, and goes with it alone.`,
    nextSteps: ['--no-plugins goes on without any.'],
    details: { plugin: name },
  });
}

/** `known` is what npm's words mean; where that is not known, they stand below the message. */
export function pluginNotFetched(
  source: string,
  cause: NspawnError | null,
  known: { why: string; nextSteps: readonly string[] } | null = null,
): NspawnError {
  const { stderr, ...details } = cause?.details ?? {};
  const why = known === null ? 'npm failed' : known.why;
  return new NspawnError({
    code: 'plugin-not-fetched',
    exitCode: ExitCode.externalCommand,
    message: `${quote(printable(source))} could not be fetched, and the installed plugins are as they were: ${sentence(why)}`,
    nextSteps: known?.nextSteps ?? [
      'See what npm says of it; the variable npm_config_registry names another registry.',
    ],
    details: {
      ...details,
      source,
      ...(stderr === undefined ? {} : known === null ? { stderr } : { log: stderr }),
    },
    ...(cause === null ? {} : { cause }),
  });
}

export function pluginUnusable(
  plugin: string,
  why: string,
  nextSteps: readonly string[] = [
    "Ask its author for one that was made for this version; 'docs/plugins.md' says what it takes.",
  ],
): NspawnError {
  return new NspawnError({
    code: 'plugin-unusable',
    exitCode: ExitCode.refused,
    message: `Plugin ${quote(printable(plugin))} was not taken, for it cannot be used: ${sentence(why)}`,
    nextSteps,
    details: { plugin, problem: why },
  });
}

export function pluginCommandUnusable(plugin: string, command: string, why: string): NspawnError {
  return new NspawnError({
    code: 'plugin-unusable',
    exitCode: ExitCode.refused,
    message: `The command ${quote(command.replaceAll(':', ' '))} of plugin ${quote(plugin)} is not run: ${sentence(why)}`,
    nextSteps: ["Tell its author; 'docs/plugins.md' says what a plugin has to be like."],
    details: { plugin, problem: why },
  });
}

const sentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);

export function runningUnknown(name: string): NspawnError {
  return new NspawnError({
    code: 'running-unknown',
    exitCode: ExitCode.refused,
    message: `Container ${quote(name)} runs, but does not say which generation.`,
    nextSteps: ['If it is just starting, try again when it is up; else stop it first.'],
    details: { name },
  });
}

export function noRunningGeneration(name: string): NspawnError {
  return new NspawnError({
    code: 'no-running-generation',
    exitCode: ExitCode.noGeneration,
    message: `Container ${quote(name)} does not run, or does not say which generation.`,
    nextSteps: [`'nixos-nspawn list-generations ${name}' shows the recorded ones.`],
    details: { name },
  });
}

export function autostartOfNixOS(): NspawnError {
  return new NspawnError({
    code: 'autostart-of-nixos',
    exitCode: ExitCode.refused,
    message: "On NixOS the host's own configuration says which units there are.",
    nextSteps: [
      'The module starts imperative containers already: nixos.containers.enableAutostartService, on by default.',
    ],
  });
}

export function unstableCommand(path: string): NspawnError {
  return new NspawnError({
    code: 'unstable-command',
    exitCode: ExitCode.refused,
    message: `${path} lies in the Nix store, where a garbage collection may take it away before the next boot.`,
    nextSteps: [
      "Install nixos-nspawn in a profile that PATH names ('nix profile install'), then run this again.",
    ],
    details: { path },
  });
}

export function notRunning(name: string): NspawnError {
  return new NspawnError({
    code: 'not-running',
    exitCode: ExitCode.refused,
    message: `Container ${quote(name)} does not run.`,
    nextSteps: [`'nixos-nspawn start ${name}' starts it.`],
    details: { name },
  });
}

/** A command in a container that nobody knows the end of. */
export function cutOff(name: string): NspawnError {
  return new NspawnError({
    code: 'cut-off',
    exitCode: ExitCode.cutOff,
    message: `The command was cut off: container ${quote(name)} stopped or restarted before the command's own exit code was known.`,
    nextSteps: ['Take its output for incomplete, and run it again when the container runs.'],
    details: { name },
  });
}

/** A command in a container that was never begun, as shells tell it: 127 where it is not there, else 126. */
export function cannotRun(name: string, why: string, isMissing: boolean): NspawnError {
  return new NspawnError({
    code: 'cannot-run',
    exitCode: isMissing ? ExitCode.notFound : ExitCode.notExecuted,
    message: `The command cannot be run in container ${quote(name)}: ${why}.`,
    nextSteps: [
      isMissing
        ? "Add its package to the container's 'environment.systemPackages', or give its whole path."
        : 'Correct the command or its options.',
    ],
    details: { name },
  });
}

/** @param hasGeneration whether its profile is whole, so that an update puts back what is missing */
export function incomplete(name: string, problem: string, hasGeneration: boolean): NspawnError {
  return new NspawnError({
    code: 'incomplete',
    exitCode: ExitCode.refused,
    message: `Container ${quote(name)} cannot be started: ${problem}.`,
    nextSteps: [
      hasGeneration
        ? `'nixos-nspawn update ${name} --start' puts back what is missing, keeps its generations, and starts it.`
        : `'nixos-nspawn remove ${name}' cleans it up and keeps its state; then create it again.`,
    ],
    details: { name },
  });
}

export function noJournal(name: string, path: string): NspawnError {
  return new NspawnError({
    code: 'no-journal',
    exitCode: ExitCode.refused,
    message: `Container ${quote(name)} has kept no journal in ${path}.`,
    nextSteps: [`'nixos-nspawn logs ${name} --host' shows what its service said on the host.`],
    details: { name, path },
  });
}

/** Control characters made visible, so that a hostile name cannot write on the terminal. */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });
}

/** The same, cut short to stand in a sentence. */
export function printable(text: string): string {
  const shown = visible(text);
  return shown.length > 80 ? `${shown.slice(0, 77)}...` : shown;
}

/** An argv as one would type it; for reading, never for running. */
export function shellLike(argv: readonly string[]): string {
  return argv
    .map((word) => (/^[\w@%+=:,./#^-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(' ');
}
