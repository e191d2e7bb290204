import type { NspawnError } from '../errors/nspawn-error.js';

/** How long a reason may be; the whole text follows it where it is shown. */
const LONGEST = 300;

/** Where the words of an error end: at a place in a file, a quoted line of it, a step of the trace, the paths, or the log. */
const END = /^\s*(?:at \S+:\d+|\d*\||… |Output paths:|[Ll]ast \d+ log lines:|For full logs, run|$)/;

/**
 * Why Nix failed, in one line without a full stop; null where it does not say. An error of an evaluation comes last,
 * after the trace that leads to it. Of several builds that failed, the first is the cause of the others.
 */
export function nixReason(stderr: string): string | null {
  const [text = ''] = stderr.split(/^Last lines of the build:$/m, 1);
  const errors = text
    .split(/^error:/m)
    .slice(1)
    .map((error) => firstWords(error.split(/^\s+error:/m).at(-1) ?? ''))
    .filter((error) => error !== '');
  return errors.find((error) => !/\bdependenc(?:y|ies)\b.* failed/.test(error)) ?? errors.at(0) ?? null;
}

/** The same of a failed command of Nix; what the error says where Nix says nothing. */
export function reasonOf({ message, details: { stderr } }: NspawnError): string {
  return (typeof stderr === 'string' ? nixReason(stderr) : null) ?? message.replace(/\.$/, '');
}

function firstWords(error: string): string {
  const lines = error.replace(/^\s+/, '').split('\n');
  const end = lines.findIndex((line) => END.test(line));
  const words = lines
    .slice(0, end === -1 ? undefined : end)
    .join(' ')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[.;,:]$/, '');
  return words.length > LONGEST ? `${words.slice(0, LONGEST - 1)}…` : words;
}
