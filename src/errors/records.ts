import { ExitCode } from './exit-codes.js';
import { NspawnError } from './nspawn-error.js';

export function badJournal(path: string, line: number, outside: string | null, cause?: unknown): NspawnError {
  const fault = outside === null ? 'cannot be read' : `speaks of ${outside}, which is not this container's`;
  return new NspawnError({
    code: 'bad-journal',
    exitCode: ExitCode.unexpected,
    message: `Line ${line} of ${path}, the record of an operation that was cut short, ${fault}. Nothing was done.`,
    nextSteps: [
      outside === null
        ? 'If another version of nixos-nspawn wrote it, run the command again with that version.'
        : 'If that command had an option like --unit-file-dir, give the same one again.',
      'Else see to the container by hand, by what the other lines say, and delete the file.',
    ],
    details: { path, line },
    cause,
  });
}

/** The journal of an interrupted operation cannot be read at all. */
export function journalUnreadable(path: string, why: string, cause: unknown): NspawnError {
  return new NspawnError({
    code: 'bad-journal',
    exitCode: ExitCode.unexpected,
    message: `${path}, the record of an operation that was cut short, ${why}. Nothing was done.`,
    nextSteps: ['Make it readable, or move it away and check the container by hand, then try again.'],
    details: { path },
    cause,
  });
}

export function recordUnreadable(path: string, why: string, cause?: unknown): NspawnError {
  return new NspawnError({
    code: 'record-unreadable',
    exitCode: ExitCode.refused,
    message: `${path}, which says what the container was made from, ${why}.`,
    nextSteps: [
      'Restore the file from a backup if you have one.',
      "Otherwise move it away, and give the source and the presets again: 'nixos-nspawn update NAME --flake REF --preset PRESET'.",
    ],
    details: { path },
    cause,
  });
}

/** One of the tool's own files has a format that only a later version knows. */
export function newerFormat(path: string, found: number, known: number): NspawnError {
  return new NspawnError({
    code: 'newer-format',
    exitCode: ExitCode.refused,
    message: `${path} was written by a newer nixos-nspawn: its format is version ${found}, and this program knows version ${known}.`,
    nextSteps: ['Run the command with that nixos-nspawn, or install it in place of this one.'],
    details: { path, version: found, known_version: known },
  });
}
