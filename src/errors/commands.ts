import { shellLike } from '../text/printable.js';
import { kib, quote, sentence } from '../text/words.js';
import { ExitCode } from './exit-codes.js';
import { NspawnError } from './nspawn-error.js';

export function commandMissing(file: string, cause?: unknown): NspawnError {
  return new NspawnError({
    code: 'command-missing',
    exitCode: ExitCode.hostLacks,
    message: `The command ${quote(file)} was not found.`,
    nextSteps: ['Install it, and make sure that PATH contains its directory.'],
    details: { command: file },
    cause,
  });
}

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
    ? 'timed out and was stopped'
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

/** Linux limits each word of a command to 128 KiB (MAX_ARG_STRLEN), and all words together by the stack limit. */
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
    message: `${quote(shortWord(argv[0] ?? ''))} could not be started: its arguments and environment variables take ${kib(all)}, and the longest takes ${kib(longest)}. Linux allows 128 KiB for each, and about 2048 KiB for all.`,
    nextSteps: ['Pass shorter values, or move a long value to a file and pass the path of the file.'],
    details: { command: shortWord(argv[0] ?? ''), bytes: all, longest_bytes: longest },
    cause,
  });
}

/** Messages are for people, but a word of a command may be as long as a file. */
const shortWord = (word: string) => (word.length > 300 ? `${word.slice(0, 200)}...` : word);

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
      "The command itself succeeded, and its changes are not undone. 'nixos-nspawn status' shows the current state.",
      'If a disk is full, free some space on it, or redirect the output to another one.',
    ],
    details: { errno: cause.code },
    cause,
  });
}

/** A command in a container whose outcome is unknown. */
export function cutOff(name: string): NspawnError {
  return new NspawnError({
    code: 'cut-off',
    exitCode: ExitCode.cutOff,
    message: `The command was interrupted: container ${quote(name)} stopped or restarted before the exit code of the command was known.`,
    nextSteps: ['Its output may be incomplete. Run it again when the container is running.'],
    details: { name },
  });
}

/**
 * A command in a container that was never started. As in shells, the exit code is 127 if it does not exist, else 126.
 */
export function cannotRun(name: string, why: string, isMissing: boolean): NspawnError {
  return new NspawnError({
    code: 'cannot-run',
    exitCode: isMissing ? ExitCode.notFound : ExitCode.notExecuted,
    message: `The command cannot be run in container ${quote(name)}: ${why}.`,
    nextSteps: [
      isMissing
        ? "Add its package to the container's 'environment.systemPackages', or use its absolute path."
        : 'Fix the command or its options.',
    ],
    details: { name },
  });
}
