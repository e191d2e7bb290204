import { ERROR_KINDS, type ErrorCode, type ErrorKind } from './codes.js';
import { ExitCode } from './exit-codes.js';
import { afterRefusal, isClosedToUser, isErrno, refusal, shortened, whyNoPath } from './system-calls.js';

export interface ErrorFacts {
  /** Identifies the error; the anchor of its entry in the troubleshooting page. */
  code: ErrorCode;
  /** The exit code of the command line. */
  exitCode: ExitCode;
  /** What happened, in sentences. */
  message: string;
  /** What the reader can do next, one sentence or command each. */
  nextSteps?: readonly string[];
  /** Facts for programs. They become fields of the JSON error, next to code, message, exit_code and next_steps. */
  details?: Readonly<Record<string, unknown>>;
  /** The error that caused it. */
  cause?: unknown;
}

const FAMILY = Symbol.for('nixos-nspawn.error');

/**
 * The errors that operations throw on purpose. `instanceof` also accepts instances from another copy of this module:
 * the program and the library are bundled separately, and a plugin's command throws the library's class.
 */
export class NspawnError extends Error {
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && FAMILY in value;
  }

  /** Identifies the error for programs; its entry in the manual's page on errors. */
  readonly code: ErrorCode;
  /** The exit code of the command line for this error. */
  readonly exitCode: ExitCode;
  /** What kind of failure it is. */
  readonly kind: ErrorKind;
  /** What the reader can do next, one sentence or command each; may be empty. */
  readonly nextSteps: readonly string[];
  /** Facts for programs, by name. The code determines which ones there are. */
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

// Defined on the prototype, because Node.js prints the own fields of an uncaught error.
Object.defineProperty(NspawnError.prototype, FAMILY, { value: true });

/** True for the failure of a program that the tool ran, with its exit code and stderr. */
export const isCommandFailure = (error: unknown): error is NspawnError =>
  error instanceof NspawnError && error.code === 'command-failed';

export interface ErrorDocument {
  /** The error. Additional fields are its details. */
  error: {
    /** Identifies the error for programs. */
    code: ErrorCode;
    /** What happened, in sentences. */
    message: string;
    /** The exit code of the command line for it. */
    exit_code: number;
    /** What the reader can do next, one sentence or command each; may be empty. */
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

/** Converts any thrown value to an NspawnError. An unexpected one gets exit code 1. */
export function asNspawnError(error: unknown): NspawnError {
  if (error instanceof NspawnError) return error;
  if (isErrno(error) && error.path !== undefined) {
    const why = whyNoPath(error.code);
    if (why !== null) {
      return new NspawnError({
        code: 'unusable-path',
        exitCode: ExitCode.refused,
        message: `${shortened(error.path)} cannot be used: ${why}.`,
        nextSteps: ['Use a path that exists and is shorter than 4096 bytes, or fix its links.'],
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
    nextSteps: ['Please report this, with the output of the same command with --verbose.'],
    cause: error,
  });
}
