import * as z from 'zod';
import type { Argv } from '../base/process.js';
import type { ContainerName } from '../container/name.js';
import { shellLike } from '../text/printable.js';

export const severities = ['error', 'warning', 'note'] as const;

/**
 * - `error`: containers cannot be created, started or reached.
 * - `warning`: something about containers does not work as it should.
 * - `note`: worth knowing, and possibly intended.
 */
export type Severity = (typeof severities)[number];

/**
 * A fix that is not a command: the tool makes the change itself, under the container's lock.
 * - `restore-files`: restores the links and the drop-in of the current generation.
 * - `delete-remnants`: tries again to delete what could not be deleted.
 * - `recover`: undoes or finishes an operation that was cut short.
 */
export type OwnMend = 'restore-files' | 'delete-remnants' | 'recover';

export interface Mend {
  /** Options of the host's NixOS configuration; null if no option fixes the problem. */
  options: readonly string[] | null;
  /** Commands to run in this order, if there are no options or the host is not NixOS. */
  commands: readonly Argv[];
  own: OwnMend | null;
  /** A sentence that says what to do, if neither an option nor a command does it. */
  advice: string | null;
  /** Whether it deletes nothing and interrupts nobody, so that `--fix` need not ask. */
  safe: boolean;
}

/** What a check reports: a fact and how to fix it. */
export interface Problem<Id extends string = string> {
  id: Id;
  /** Null for the host itself. */
  container: ContainerName | null;
  /** A sentence. */
  what: string;
  mend: Mend;
}

/** A problem, with how serious it is and why it matters. */
export interface Finding extends Problem {
  severity: Severity;
  /** Sentences. */
  why: string;
}

const nothing: Mend = { options: null, commands: [], own: null, advice: null, safe: false };

/** A problem of the host. */
export const hostProblem = <Id extends string>(id: Id, what: string, mend: Partial<Mend>): Problem<Id> => ({
  id,
  container: null,
  what,
  mend: { ...nothing, ...mend },
});

/** A problem of one container. */
export const containerProblem = <Id extends string>(
  id: Id,
  container: ContainerName | null,
  what: string,
  mend: Partial<Mend>,
): Problem<Id> => ({ id, container, what, mend: { ...nothing, ...mend } });

export const findingSchema = z.object({
  /** The heading of its section in the manual. */
  id: z.string(),
  /**
   * `error`: containers do not work; `warning`: something about them may not work; `note`: worth knowing, but the host
   * is healthy.
   */
  severity: z.enum(severities),
  /** The container it is about; null for the host. */
  container: z.string().nullable(),
  /** What is wrong, in a sentence. */
  what: z.string(),
  /** Why it matters, in sentences. */
  why: z.string(),
  /** How to fix it. */
  mend: z.object({
    /** `options`: lines of the host's NixOS configuration; `commands`: to run in this order; `advice`: a sentence. */
    kind: z.enum(['options', 'commands', 'advice']),
    /** The lines, commands or sentences, in their order; may be empty. */
    lines: z.array(z.string()),
  }),
  /** What `--fix` does about it: `safe`: fixes it; `asks`: asks first; `none`: nothing. */
  fix: z.enum(['safe', 'asks', 'none']),
});

export type FindingView = z.infer<typeof findingSchema>;

/** A finding as it is shown on this kind of host. */
export function findingView(
  { id, severity, why, container, what, mend }: Finding,
  isNixOS: boolean,
): FindingView {
  const fix = isMendable(mend, isNixOS) ? (mend.safe ? 'safe' : 'asks') : 'none';
  return { id, severity, why, container, what, mend: mendLines(mend, isNixOS), fix };
}

/** Whether the tool can fix it. It never overrides what a NixOS configuration sets. */
export function isMendable(mend: Mend, isNixOS: boolean): boolean {
  if (isNixOS && mend.options !== null) return false;
  return mend.own !== null || mend.commands.length > 0;
}

function mendLines(mend: Mend, isNixOS: boolean): FindingView['mend'] {
  if (isNixOS && mend.options !== null) return { kind: 'options', lines: [...mend.options] };
  if (mend.own !== null) return { kind: 'commands', lines: ['nixos-nspawn doctor --fix'] };
  if (mend.commands.length > 0) return { kind: 'commands', lines: mend.commands.map(shellLike) };
  return { kind: 'advice', lines: mend.advice === null ? [] : [mend.advice] };
}
