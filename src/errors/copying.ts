import { printable } from '../text/printable.js';
import { quote } from '../text/words.js';
import { ExitCode } from './exit-codes.js';
import { NspawnError } from './nspawn-error.js';
import { usage } from './usage.js';

export const badCopyPlace = (text: string) =>
  usage(`${quote(printable(text))} names no file.`, [
    "Use NAME:PATH for a file in a container, a path for one on the host, or '-' for standard input or output.",
  ]);

export const copyWithoutContainer = () =>
  usage('Neither side of the copy is in a container.', [
    "Write the side in the container as NAME:PATH, such as 'web:/etc/hosts'. 'cp' copies files on the host.",
  ]);

export const copyMixesOutput = () =>
  usage("'-' as the target and --json exclude each other, because both use standard output.", [
    'Copy to a file, or leave out --json.',
  ]);

/**
 * @param place the side that is at fault, as typed
 * @param why the end of a sentence
 */
export function notCopied(
  place: string,
  why: string,
  nextSteps: readonly string[] = [
    'Check the paths of both sides. NAME:PATH is in a container, any other path is on the host.',
  ],
  cause?: unknown,
): NspawnError {
  return new NspawnError({
    code: 'not-copied',
    exitCode: ExitCode.refused,
    message: `${quote(printable(place))} ${why}.`,
    nextSteps,
    details: { place },
    cause,
  });
}
