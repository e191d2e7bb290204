import { ERROR_KINDS, type ErrorCode, type ErrorKind } from './error-codes.js';

/** Documented exit codes; 0 to 11 keep the meaning they have in the Python tool. */
export const ExitCode = {
  done: 0,
  unexpected: 1,
  noSuchContainer: 2,
  noGeneration: 3,
  exists: 4,
  notOurs: 5,
  locked: 6,
  hostLacks: 7,
  activationFailedRestored: 8,
  activationFailedNotRestored: 9,
  refused: 10,
  externalCommand: 11,
  usage: 64,
  outputLost: 74,
  cutOff: 125,
  notExecuted: 126,
  notFound: 127,
  interrupted: 130,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/**
 * From the one that needs attention first: a container that is neither as before nor as wanted, a bug, an interruption,
 * then failures of the host and of single changes, then refusals, of which nothing is left to repair.
 */
const BY_URGENCY: readonly number[] = [
  ExitCode.activationFailedNotRestored,
  ExitCode.unexpected,
  ExitCode.interrupted,
  ExitCode.outputLost,
  ExitCode.cutOff,
  ExitCode.activationFailedRestored,
  ExitCode.externalCommand,
  ExitCode.hostLacks,
  ExitCode.locked,
  ExitCode.refused,
  ExitCode.notOurs,
  ExitCode.exists,
  ExitCode.noGeneration,
  ExitCode.noSuchContainer,
  ExitCode.notExecuted,
  ExitCode.notFound,
  ExitCode.usage,
  ExitCode.done,
];

/** The exit code for several outcomes: that of the one that needs attention first. A code that is not ours comes first. */
export function worstExitCode(codes: readonly number[]): number {
  const urgency = (code: number) => BY_URGENCY.indexOf(code);
  return [...codes].sort((a, b) => urgency(a) - urgency(b))[0] ?? ExitCode.done;
}

export interface ErrorFacts {
  /** The anchor of the error's entry in the troubleshooting page. */
  code: ErrorCode;
  /** What the command line exits with for it. */
  exitCode: ExitCode;
  /** What happened, in sentences. */
  message: string;
  /** What the reader can do next, one sentence or command each. */
  nextSteps?: readonly string[];
  /** Facts for programs; become fields of the JSON error beside code, message, exit_code, next_steps. */
  details?: Readonly<Record<string, unknown>>;
  /** The error behind it. */
  cause?: unknown;
}

const FAMILY = Symbol.for('nixos-nspawn.error');

/**
 * The one family of errors that operations throw on purpose. `instanceof` knows one of another copy of this module too: the
 * program and the library are bundled apart, and a plugin's command throws the library's.
 */
export class NspawnError extends Error {
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && FAMILY in value;
  }

  /** What the error is identified by, for programs; its entry in the manual's page on errors. */
  readonly code: ErrorCode;
  /** What the command line would have exited with. */
  readonly exitCode: ExitCode;
  /** What kind of failure it is. */
  readonly kind: ErrorKind;
  /** What the reader can do next, a sentence or command each; may be empty. */
  readonly nextSteps: readonly string[];
  /** Facts for programs, by name; which there are depends on the code. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(facts: ErrorFacts) {
    super(facts.message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = 'NspawnError';
    this.code = facts.code;
    this.kind = ERROR_KINDS[facts.code];
    this.exitCode = facts.exitCode;
    this.nextSteps = facts.nextSteps ?? [];
    this.details = facts.details ?? {};
  }
}

// Not a field of each: Node.js shows those of an error that nobody caught.
Object.defineProperty(NspawnError.prototype, FAMILY, { value: true });

/** True for the failure of a program that the tool ran, with its exit code and stderr. */
export const isCommandFailure = (error: unknown): error is NspawnError =>
  error instanceof NspawnError && error.code === 'command-failed';

export interface ErrorDocument {
  /** The error; further fields are its details. */
  error: {
    /** What the error is identified by, for programs. */
    code: ErrorCode;
    /** What happened, in sentences. */
    message: string;
    /** What the command line exits with for it. */
    exit_code: number;
    /** What the reader can do next, a sentence or command each; may be empty. */
    next_steps: readonly string[];
    [detail: string]: unknown;
  };
}

/** The document that `--json` prints for any failure. */
export function errorDocument(error: unknown): ErrorDocument {
  const known = asNspawnError(error);
  return {
    error: {
      ...known.details,
      code: known.code,
      message: known.message,
      exit_code: known.exitCode,
      next_steps: known.nextSteps,
    },
  };
}

/** Any thrown value as a member of the family; what nobody foresaw exits 1. */
export function asNspawnError(error: unknown): NspawnError {
  if (error instanceof NspawnError) return error;
  if (isErrno(error) && error.path !== undefined) {
    const why = whyNoPath(error.code);
    if (why !== null) {
      return new NspawnError({
        code: 'unusable-path',
        exitCode: ExitCode.refused,
        message: `${shortened(error.path)} cannot be used: ${why}.`,
        nextSteps: ['Give a path that leads somewhere, and is shorter than 4096 bytes, or mend its links.'],
        cause: error,
        details: { errno: error.code, path: error.path },
      });
    }
  }
  if (isErrno(error)) {
    if (isClosedToUser(error))
      return new NspawnError({
        code: 'host-lacks',
        exitCode: ExitCode.hostLacks,
        message: refusal(error),
        nextSteps: ['Run the same command with sudo.'],
        cause: error,
        details: { errno: error.code, path: error.path },
      });
    return new NspawnError({
      code: 'file-system',
      exitCode: ExitCode.unexpected,
      message: refusal(error),
      nextSteps: [afterRefusal(error.code)],
      cause: error,
      details: { errno: error.code, path: error.path },
    });
  }
  return new NspawnError({
    code: 'unexpected',
    exitCode: ExitCode.unexpected,
    message: error instanceof Error ? error.message : String(error),
    nextSteps: ['Please report this, with the output of the same command under --verbose.'],
    cause: error,
  });
}

/** Why no host could have anything at this path, by errno(3); null where that is not what was wrong. */
function whyNoPath(code: string | undefined): string | null {
  switch (code) {
    case 'ENAMETOOLONG':
      return 'it is longer than a path may be, or a part of it is longer than 255 bytes';
    case 'ELOOP':
      return 'its symbolic links lead in a circle';
    default:
      return null;
  }
}

/** A path that may be thousands of characters long, for a sentence. */
const shortened = (path: string) => (path.length > 80 ? `${path.slice(0, 77)}...` : path);

/** The verb for what a system call attempts, by the call's name. */
const ATTEMPTS: Readonly<Record<string, string>> = {
  open: 'open',
  read: 'read',
  readlink: 'read',
  scandir: 'read',
  write: 'write',
  fsync: 'write',
  fdatasync: 'write',
  mkdir: 'create',
  symlink: 'create',
  unlink: 'remove',
  rm: 'remove',
  rmdir: 'remove',
  rename: 'rename',
  chmod: 'change the mode of',
  fchmod: 'change the mode of',
};

/** Such as `Cannot write /run/x: no space left on device (ENOSPC).`; Node.js puts the words after the code. */
function refusal({ code = '', message, syscall = '', path }: NodeJS.ErrnoException): string {
  const words = /^[A-Z0-9]+: ([^,]+),/.exec(message)?.[1] ?? 'the system refused it';
  return `Cannot ${ATTEMPTS[syscall] ?? 'use'} ${path ? shortened(path) : 'a file'}: ${words} (${code}).`;
}

/** Waits for an access to the file at `path`; a failure then names it, which Node.js leaves out for open files. */
export async function naming<T>(path: string, access: Promise<T>): Promise<T> {
  try {
    return await access;
  } catch (error) {
    if (isErrno(error)) error.path ??= path;
    throw error;
  }
}

/** What to do about a system call that failed with this errno(3). */
function afterRefusal(code: string | undefined): string {
  switch (code) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return 'Run the command as root, and check that the place is writable.';
    case 'ENOSPC':
    case 'EDQUOT':
      return 'Free some space there, then run the command again.';
    default:
      return "Look at that place, then run the command again; 'man 3 errno' explains the code.";
  }
}

/** An error of a system call. (The types that are published take no name of Node.js's own types.) */
export interface Errno extends Error {
  code?: string;
  path?: string;
  syscall?: string;
}

export function isErrno(error: unknown): error is Errno {
  return error instanceof Error && typeof (error as Errno).code === 'string' && 'syscall' in error;
}

/** True where this user was refused what root may do. */
export const isClosedToUser = (error: unknown) =>
  isErrno(error) && (error.code === 'EACCES' || error.code === 'EPERM') && process.geteuid?.() !== 0;

/** True where a path is simply absent; any other failure is the caller's to report. */
export function isMissing(error: unknown): boolean {
  return isErrno(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
