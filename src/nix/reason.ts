import type { NspawnError } from '../errors/nspawn-error.js';

/** Maximum length of a reason. The full text is shown after it. */
const LONGEST = 300;

/** What ends an error's message: a file position, a quoted source line, a trace step, the output paths, the log, or a hint. */
const END = /^\s*(?:at \S+:\d+|\d*\||… |Output paths:|[Ll]ast \d+ log lines:|For full logs, run|Try 'nix |$)/;

/** What Nix says if git could not fetch something. Git gives the reason in a line before it. */
const GIT_FAILED = /^(?:Failed to fetch git repository|Cannot find Git revision|resolving Git reference) /;

/**
 * Why Nix failed, in one line without a full stop; null if Nix gives no reason. The message of an evaluation error
 * comes last, after its trace. If several builds failed, the first one caused the other failures.
 */
export function nixReason(stderr: string): string | null {
  const [text = ''] = stderr.split(/^Last lines of the build:$/m, 1);
  const errors = text
    .split(/^error:/m)
    .slice(1)
    .map((error) => firstWords(error.split(/^\s+error:/m).at(-1) ?? ''))
    .filter((error) => error !== '');
  const first =
    errors.find((error) => !/\bdependenc(?:y|ies)\b.* failed/.test(error)) ?? errors.at(0) ?? null;
  return first !== null && GIT_FAILED.test(first) ? (gitReason(text) ?? first) : first;
}

const gitReason = (stderr: string) => /^fatal: (unable to access .+)$/m.exec(stderr)?.[1] ?? null;

/** The reason why a Nix command failed. If Nix gives none, the error's own message. */
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
