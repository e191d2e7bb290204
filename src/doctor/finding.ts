import * as z from 'zod';
import type { ContainerName } from '../container/name.js';
import { shellLike } from '../error-catalog.js';
import type { Argv } from '../process.js';
import { catalog, type FindingId, severities } from './catalog.js';

/**
 * How a finding is mended without a command: by what the tool itself does under the container's lock.
 * - `restore-files`: puts links and drop-in of the current generation back.
 * - `delete-remnants`: tries again to delete what could not be deleted.
 * - `recover`: brings an operation that was cut short to one side.
 */
export type OwnMend = 'restore-files' | 'delete-remnants' | 'recover';

export interface Mend {
  /** Options of the host's NixOS configuration; null where they are no matter of it. */
  options: readonly string[] | null;
  /** Run one after the other, where there are no options or the host is no NixOS. */
  commands: readonly Argv[];
  own: OwnMend | null;
  /** What to do where no line can say it. */
  advice: string | null;
  /** Whether it takes nothing away and interrupts nobody, so that `--fix` need not ask. */
  safe: boolean;
}

/** What a check found: a fact and its mend; the catalogue knows how grave it is and why it matters. */
export interface Finding {
  id: FindingId;
  /** Null for the host itself. */
  container: ContainerName | null;
  /** A sentence. */
  what: string;
  mend: Mend;
}

const nothing: Mend = { options: null, commands: [], own: null, advice: null, safe: false };

/** A finding of the host. */
export const hostFinding = (id: FindingId, what: string, mend: Partial<Mend>): Finding => ({
  id,
  container: null,
  what,
  mend: { ...nothing, ...mend },
});

/** A finding of one container. */
export const containerFinding = (
  id: FindingId,
  container: ContainerName,
  what: string,
  mend: Partial<Mend>,
): Finding => ({ id, container, what, mend: { ...nothing, ...mend } });

export const findingSchema = z.object({
  /** Names its section of the manual's page. */
  id: z.string(),
  /**
   * `error`: containers do not work with it; `warning`: something of them may not; `note`: worth to know, the host is
   * healthy.
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
    /** `options`: lines of the host's NixOS configuration; `commands`: to run one after the other; `advice`: a sentence. */
    kind: z.enum(['options', 'commands', 'advice']),
    /** The lines, commands or sentences, in their order; empty where there are none. */
    lines: z.array(z.string()),
  }),
  /** What `--fix` does about it: mend it, ask first, or nothing. */
  fix: z.enum(['safe', 'asks', 'none']),
});

export type FindingView = z.infer<typeof findingSchema>;

/** A finding as it is told on this kind of host. */
export function findingView({ id, container, what, mend }: Finding, isNixOS: boolean): FindingView {
  const fix = isMendable(mend, isNixOS) ? (mend.safe ? 'safe' : 'asks') : 'none';
  return { id, ...catalog[id], container, what, mend: mendLines(mend, isNixOS), fix };
}

/** Whether the tool can mend it itself: what a NixOS configuration says is never changed behind its back. */
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
