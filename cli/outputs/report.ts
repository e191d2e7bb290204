import { ExitCode } from '../../src/errors/exit-codes.js';
import { asNspawnError, errorDocument, NspawnError } from '../../src/errors/nspawn-error.js';
import { usage } from '../../src/errors/usage.js';
import type { Warning } from '../../src/plugins/lifecycle.js';
import { nearest } from '../../src/text/nearest.js';
import { printable, visible } from '../../src/text/printable.js';
import { marked } from '../views/colour.js';
import { isLost } from './output.js';
import { readableStack } from './stack.js';

/** How many lines of a command's standard error are shown without --verbose. */
const SHOWN_STDERR = 25;

interface Manner {
  json: boolean;
  verbose: boolean;
  /** The warnings before the failure. In JSON they are part of the error's document. */
  warnings?: readonly Warning[];
  command?: CommandWords;
}

/** The words and flags of the command that failed. */
interface CommandWords {
  /** As typed: `plugins install`. */
  id: string;
  /** As typed: `--json`. */
  flags: readonly string[];
}

/**
 * Prints an error as one JSON document on stdout, or as text on stderr, and sets the exit code. If stdout cannot be
 * written, the text is printed to stderr.
 */
export function reportError(thrown: unknown, manner: Manner): void {
  const exit = oclifExit(thrown);
  if (exit !== null) {
    process.exitCode = exit;
    return;
  }
  const error = fromOclif(thrown, manner.command);
  process.exitCode = error.exitCode;
  if (manner.json) {
    const { warnings = [] } = manner;
    const told = errorDocument(error).error;
    const document = { error: warnings.length === 0 ? told : { ...told, warnings } };
    process.stdout.write(`${JSON.stringify(document)}\n`);
    if (!isLost('stdout')) return;
  }
  process.stderr.write(errorText(error, manner.verbose));
}

/** The parts of an error that are shown. With several results, an error is available only as its JSON document. */
type Tellable = Pick<NspawnError, 'message' | 'details' | 'nextSteps'> & {
  exitCode: number;
  cause?: unknown;
};

/** Whether the message already contains the whole output of the command. */
const isSaid = (message: string, said: string) => message.includes(said.trim().replace(/^error: /, ''));

/** The error as text: what happened, the output of the failed command, and what to do next. */
export function errorText(error: Tellable, verbose: boolean): string {
  const lines = [`${marked('Error')} ${withoutControls(error.message)}`];
  for (const said of [error.details.stderr, error.details.journal, verbose ? error.details.log : null]) {
    if (typeof said !== 'string' || said.trim() === '' || isSaid(error.message, said)) continue;
    const all = said.trimEnd().split('\n');
    const shown = verbose ? all : all.slice(-SHOWN_STDERR);
    if (shown.length < all.length) lines.push(`  | (${all.length - shown.length} more lines with --verbose)`);
    lines.push(...shown.map((line) => `  | ${line}`));
  }
  lines.push(...error.nextSteps.map((step) => `  ${withoutControls(step)}`));
  if (
    verbose &&
    error.exitCode === ExitCode.unexpected &&
    error.cause instanceof Error &&
    error.cause.stack
  ) {
    lines.push(readableStack(error.cause));
  }
  return `${lines.join('\n')}\n`;
}

/** A path or an argument in the message may contain characters that move the cursor. Only line ends are kept. */
const withoutControls = (text: string) => text.split('\n').map(visible).join('\n');

/** oclif throws on a plain `exit`, as after --help. That is not a failure. */
function oclifExit(thrown: unknown): number | null {
  if (!(thrown instanceof Error) || !('code' in thrown) || thrown.code !== 'EEXIT') return null;
  return 'oclif' in thrown && isObject(thrown.oclif) && typeof thrown.oclif.exit === 'number'
    ? thrown.oclif.exit
    : 0;
}

/** Converts oclif's parser errors to usage errors. */
function fromOclif(thrown: unknown, command: CommandWords | undefined): NspawnError {
  if (thrown instanceof NspawnError || !(thrown instanceof Error)) return asNspawnError(thrown);
  // Only errors of oclif's parser have this field, which holds the exit code.
  if (!('oclif' in thrown)) return asNspawnError(thrown);
  const [first = '', ...rest] = withReasonFirst(thrown.message)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const help = command === undefined ? '--help' : `nixos-nspawn ${command.id} --help`;
  return usage(printableSentence(first), [
    ...(command === undefined ? [] : meantFlags(thrown, command.flags)),
    ...rest.filter((line) => !/^See more help/.test(line)),
    `See '${help}' for the flags.`,
  ]);
}

/** In some of oclif's messages, the reason is on the second line. This moves it to the first. */
const withReasonFirst = (message: string) =>
  message.replace(/^Parsing (--[\w-]+)\s+/, '$1: ').replace(/^The following errors? occurred:\s+/, '');

/** Suggestions for a misspelled flag. */
function meantFlags(thrown: Error, known: readonly string[]): string[] {
  if (!('flags' in thrown) || !Array.isArray(thrown.flags)) return [];
  return thrown.flags.map(String).flatMap((flag) => {
    const meant = nearest(flag.replace(/=.*$/, ''), known);
    return meant === null ? [] : [`Did you mean '${meant}'?`];
  });
}

const printableSentence = (text: string) =>
  /[.:?!]$/.test(text) ? printableText(text) : `${printableText(text)}.`;
const printableText = (text: string) => (text.length > 80 ? text : printable(text));
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
