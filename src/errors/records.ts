import { ExitCode } from './exit-codes.js';
import { NspawnError } from './nspawn-error.js';

export function badJournal(path: string, line: number, outside: string | null, cause?: unknown): NspawnError {
  const fault =
    outside === null ? 'cannot be read' : `refers to ${outside}, which does not belong to this container`;
  return new NspawnError({
    code: 'bad-journal',
    exitCode: ExitCode.unexpected,
    message: `Line ${line} of ${path}, the undo journal of an interrupted operation, ${fault}. Nothing was changed.`,
    nextSteps: [
      outside === null
        ? 'If another version of nixos-nspawn wrote it, run the command again with that version.'
        : 'If that operation had an option like --unit-file-dir, pass the same option again.',
      'Otherwise use the other lines to repair the container by hand, and delete the file.',
    ],
    details: { path, line },
    cause,
  });
}

/** The undo journal of an interrupted operation cannot be read at all. */
export function journalUnreadable(path: string, why: string, cause: unknown): NspawnError {
  return new NspawnError({
    code: 'bad-journal',
    exitCode: ExitCode.unexpected,
    message: `${path}, the undo journal of an interrupted operation, ${why}. Nothing was changed.`,
    nextSteps: ['Restore the file, or move it away and check the container by hand. Then try again.'],
    details: { path },
    cause,
  });
}

export function recordUnreadable(path: string, why: string, cause?: unknown): NspawnError {
  return new NspawnError({
    code: 'record-unreadable',
    exitCode: ExitCode.refused,
    message: `${path}, the record of the container, ${why}.`,
    nextSteps: [
      'Restore the file from a backup if you have one.',
      "Otherwise move it away, and pass the source and the presets again: 'nixos-nspawn update NAME --flake REF --preset PRESET'.",
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
    message: `${path} was written by a newer version of nixos-nspawn: it has format version ${found}, but this program supports version ${known}.`,
    nextSteps: ['Run the command with the newer version, or install that version.'],
    details: { path, version: found, known_version: known },
  });
}
