import { printable } from '../text/printable.js';
import { quote } from '../text/words.js';
import { ExitCode } from './exit-codes.js';
import { NspawnError } from './nspawn-error.js';

export function invalidName(name: string, rule: string): NspawnError {
  return new NspawnError({
    code: 'invalid-name',
    exitCode: ExitCode.usage,
    message: `${quote(printable(name))} is not a valid container name: ${rule}.`,
    nextSteps: [
      'Use 1 to 64 letters, digits, "-" and ".". The first and the last character must be a letter or digit.',
    ],
    details: { name },
  });
}

export function noSource(): NspawnError {
  return new NspawnError({
    code: 'no-source',
    exitCode: ExitCode.usage,
    message: 'No configuration was given.',
    nextSteps: ['Pass one of --flake REF, --config FILE or --profile PATH.'],
  });
}

/** @param former the recorded source, if its generation is no longer in the profile or no longer current */
export function noStoredSource(name: string, former: string | null = null): NspawnError {
  const stale =
    former === null
      ? ''
      : ` Another program has changed its profile since nixos-nspawn last built the container from ${printable(former)}.`;
  return new NspawnError({
    code: 'no-stored-source',
    exitCode: ExitCode.usage,
    message: `The source of container ${quote(name)} is unknown.${stale}`,
    nextSteps: [
      'Pass one of --flake REF, --config FILE or --profile PATH. Later updates use the same source.',
    ],
    details: { name },
  });
}

/** The source is a directory or a file of another host, from which the container was created or updated. */
export function sourceElsewhere(name: string, source: string, host: string): NspawnError {
  return new NspawnError({
    code: 'no-stored-source',
    exitCode: ExitCode.usage,
    message: `The source of container ${quote(name)}, ${printable(source)}, is on the host ${quote(printable(host))}.`,
    nextSteps: [
      `Run the command on that host with --target-host, or pass one of --flake REF, --config FILE or --profile PATH.`,
    ],
    details: { name, host },
  });
}

/** @param undone what was not done to the container */
export function notConfirmed(name: string, undone: 'removed' | 'reset'): NspawnError {
  return new NspawnError({
    code: 'not-confirmed',
    exitCode: ExitCode.refused,
    message: `Container ${quote(name)} was not ${undone}, because you did not confirm it.`,
    nextSteps: ["Answer 'y', or pass --yes to skip the question."],
    details: { name },
  });
}
