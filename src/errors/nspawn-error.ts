import { ERROR_KINDS, type ErrorCode, type ErrorKind } from './codes.js';
import { ExitCode } from './exit-codes.js';
import { afterRefusal, isClosedToUser, isErrno, refusal, shortened, whyNoPath } from './system-calls.js';

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
