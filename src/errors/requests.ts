import { printable } from '../text/printable.js';
import { quote } from '../text/words.js';
import { ExitCode } from './exit-codes.js';
import { NspawnError } from './nspawn-error.js';

export function invalidName(name: string, rule: string): NspawnError {
  return new NspawnError({
    code: 'invalid-name',
    exitCode: ExitCode.usage,
    message: `${quote(printable(name))} is no container name: ${rule}.`,
    nextSteps: ['Use 1 to 64 letters, digits, "-" and ".", beginning and ending with a letter or digit.'],
    details: { name },
  });
}

export function noSource(): NspawnError {
  return new NspawnError({
    code: 'no-source',
    exitCode: ExitCode.usage,
    message: 'No configuration was given.',
    nextSteps: ['Give one of --flake REF, --config FILE or --profile PATH.'],
  });
}

/** @param former the recorded source, if it belongs to a generation that the profile no longer has or has moved past */
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
