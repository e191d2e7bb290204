import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod';
import { makeDirectory, readText, removeEmptyDirectory, removeFile, syncDirectory } from '../base/files.js';
import { type ContainerName, isStoredName } from '../container/name.js';
import { asNspawnError, type NspawnError } from '../errors/nspawn-error.js';
import { badJournal, journalUnreadable, newerFormat } from '../errors/records.js';
import { isErrno, isMissing, naming } from '../errors/system-calls.js';
import { bringsUp, carryOut, inUndoOrder, type Undo, undoSchema } from './undo.js';

const VERSION = 1 as const;

const storedName = z.string().refine((name): name is ContainerName => isStoredName(name));

const entrySchema = z.union([
  z.object({
    begin: z.object({
      version: z.literal(VERSION),
      operation: z.string(),
      pid: z.int(),
      started: z.string(),
      /** The other name of the container, if the operation changes its name. */
      partner: storedName.optional(),
      /** In the journal of the other name: the name whose journal has the records. */
      of: storedName.optional(),
    }),
  }),
  z.object({ undo: undoSchema }),
  z.object({ commit: z.object({ finish: z.array(undoSchema).readonly() }) }),
]);

type Entry = z.infer<typeof entrySchema>;

/**
 * One change of a container, applied completely or not at all.
 *
 * Before each change, the way to undo it is appended to the container's undo journal and synced. These records are
 * carried out in reverse after a failure or Ctrl-C, or by a later run after a kill or a power loss. `commit` is the
 * point of no return: from then on, only what it lists remains to be done (deleting what was moved aside), by this run
 * or the next.
 */
export class Transaction {
  readonly #journal: string;
  readonly #operation: string;
  readonly #unfinished: (failure: NspawnError) => void;
  readonly #records: Undo[] = [];
  #partner: ContainerName | null = null;
  #begun = false;
  #committed = false;

  /** @param unfinished called for each part of a commit's `finish` that failed; the change itself is kept */
  constructor(
    journal: string,
    operation: string,
    unfinished: (failure: NspawnError) => void = () => undefined,
  ) {
    this.#journal = journal;
    this.#operation = operation;
    this.#unfinished = unfinished;
  }

  /** True while there is an undo journal: it has records, or writing the first record failed. */
  get begun(): boolean {
    return this.#begun;
  }

  /** True after the point of no return. */
  get committed(): boolean {
    return this.#committed;
  }

  /**
   * Makes the change of a container's name one change of both names. The journal of the other name refers to this one,
   * so that a command on either name undoes or finishes an interrupted change. Call it before the first change.
   */
  async pair(name: ContainerName, other: { name: ContainerName; journal: string }): Promise<void> {
    this.#partner = other.name;
    await this.willUndo({ do: 'forget-journal', path: other.journal });
    await createJournal(other.journal);
    await append(other.journal, [{ begin: { ...this.#beginning(), of: name } }]);
    await syncDirectory(dirname(other.journal));
  }

  /**
   * Records how to undo one or more changes, durably. Call it before making the first of them. Records for several
   * changes in one call wait for the disk only once.
   */
  async willUndo(...undos: readonly Undo[]): Promise<void> {
    if (undos.length === 0) return;
    await this.#append(...undos.map((undo) => ({ undo })));
    this.#records.push(...undos);
  }

  /**
   * Completes the change. `finish` is what remains to be cleared away. Returns the errors of what could not be deleted.
   */
  async commit(
    finish: readonly Undo[] = [],
    {
      isTheChange = false,
    }: {
      /** Whether `finish` is itself what was asked for, so that its failure is the operation's failure. */
      isTheChange?: boolean;
    } = {},
  ): Promise<NspawnError[]> {
    if (this.#committed) return [];
    if (finish.length > 0) {
      // A change may consist of `finish` alone. A change that cannot be undone is then always carried out to the end.
      await this.#append({ commit: { finish } });
    }
    this.#committed = true;
    const { remnants, failures } = sorted(await each(finish));
    try {
      // If this is skipped, the next run finishes it.
      if (this.#begun && failures.length === 0) await this.#end();
    } catch (error) {
      failures.push(asNspawnError(error));
    }
    this.#begun = false;
    const [failure] = failures;
    if (isTheChange && failure !== undefined) throw failure;
    failures.forEach(this.#unfinished);
    return remnants;
  }

  /**
   * Undoes everything. After a failure the journal is kept for the next run. `warn` is called with what the user should
   * know even if everything was restored.
   */
  async rollBack(warn: (text: string) => void = () => undefined): Promise<Outcome> {
    if (!this.#begun) return { remnants: [], failures: [] };
    const outcome = sorted(await each(inUndoOrder(this.#records), warn));
    if (outcome.failures.length === 0) await this.#end();
    this.#begun = false;
    return outcome;
  }

  async #append(...entries: readonly Entry[]): Promise<void> {
    if (this.#begun) return append(this.#journal, entries);
    const partner = this.#partner === null ? {} : { partner: this.#partner };
    await createJournal(this.#journal);
    this.#begun = true;
    await append(this.#journal, [{ begin: { ...this.#beginning(), ...partner } }, ...entries]);
    await syncDirectory(dirname(this.#journal));
  }

  #beginning() {
    return {
      version: VERSION,
      operation: this.#operation,
      pid: process.pid,
      started: new Date().toISOString(),
    };
  }

  async #end(): Promise<void> {
    this.#begun = false;
    await removeJournal(this.#journal);
  }
}

export interface Outcome {
  /** Trees that could not be deleted. They are hidden and out of the way, so they prevent nothing. */
  remnants: NspawnError[];
  failures: NspawnError[];
}

export interface Recovery extends Outcome {
  operation: string;
  outcome: 'undone' | 'finished';
  /** What the user should know even if everything was restored. */
  warnings: string[];
}

/**
 * Returns something that a record must not refer to, but does; null if there is nothing. `partner` is the other name of
 * the container, if the operation changes its name.
 */
export type Boundary = (undo: Undo, partner: ContainerName | null) => Promise<string | null>;

/** The name whose journal has the records of this one's operation; null if they are in this one. */
export async function ownerOf(journal: string): Promise<ContainerName | null> {
  const text = await journalText(journal);
  const begin = text === null ? undefined : beginOf(parseJournal(text, journal));
  return begin?.of ?? null;
}

const beginOf = (entries: readonly Entry[]) => entries.find((entry) => 'begin' in entry)?.begin;

/**
 * Undoes or finishes what an interrupted run left half-done; null if there is nothing. Everything that fails is tried
 * again by the next run, except for the start of the container, because other operations do not depend on it.
 *
 * @throws NspawnError `bad-journal`, before anything is done, if a record is outside the boundary
 */
export async function recover(
  journal: string,
  outside: Boundary,
  { bringUp } = { bringUp: true },
): Promise<Recovery | null> {
  const text = await journalText(journal);
  if (text === null) return null;
  const entries = parseJournal(text, journal);
  await requireWithin(entries, outside, journal);
  const begin = beginOf(entries);
  const commit = entries.find((entry) => 'commit' in entry);
  const records = entries.flatMap((entry) => ('undo' in entry ? [entry.undo] : []));
  const warnings: string[] = [];
  const { remnants, failures } =
    commit === undefined
      ? await undoFormer(records, bringUp, warnings)
      : sorted(await each(commit.commit.finish));
  if (failures.length === 0) await removeJournal(journal);
  return {
    operation: begin?.operation ?? 'an operation',
    outcome: commit === undefined ? 'undone' : 'finished',
    remnants,
    failures,
    warnings,
  };
}

async function undoFormer(records: readonly Undo[], bringUp: boolean, warnings: string[]): Promise<Outcome> {
  const ordered = inUndoOrder(records);
  const warn = (text: string) => warnings.push(text);
  const outcome = sorted(
    await each(
      ordered.filter((record) => !bringsUp(record)),
      warn,
    ),
  );
  if (!bringUp || outcome.failures.length > 0) return outcome;
  for (const failure of await each(ordered.filter(bringsUp), warn))
    warn(`The container could not be brought back up, and is left as it is. ${failure.message}`);
  return outcome;
}

async function requireWithin(entries: readonly Entry[], outside: Boundary, journal: string): Promise<void> {
  const partner = beginOf(entries)?.partner ?? null;
  for (const [index, entry] of entries.entries()) {
    const actions = 'undo' in entry ? [entry.undo] : 'commit' in entry ? entry.commit.finish : [];
    for (const action of actions) {
      const foreign = await outside(action, partner);
      if (foreign !== null) throw badJournal(journal, index + 1, foreign);
    }
  }
}

function sorted(errors: readonly NspawnError[]): Outcome {
  const isRemnant = ({ code }: NspawnError) => code === 'state-not-deleted';
  return { remnants: errors.filter(isRemnant), failures: errors.filter((error) => !isRemnant(error)) };
}

/** @throws NspawnError `bad-journal` if it cannot be read, for example because it is a directory */
async function journalText(journal: string): Promise<string | null> {
  try {
    return await readText(journal);
  } catch (error) {
    if (!isErrno(error)) throw error;
    const why = error.code === 'EISDIR' ? 'is a directory' : `cannot be read (${error.code})`;
    throw journalUnreadable(journal, why, error);
  }
}

/** The first line of a journal, in any version. */
const versionSchema = z.looseObject({ begin: z.looseObject({ version: z.int() }) });

/**
 * Drops an incomplete last line, which a kill or a full disk cut short. Its change was never made.
 *
 * @throws NspawnError `bad-journal` if any other line cannot be read, because guessing could lose data. `newer-format`
 * for the journal of a later version.
 */
function parseJournal(text: string, journal: string): Entry[] {
  const lines = text.split('\n');
  lines.pop();
  return lines.map((line, index) => {
    const json = parseJson(line);
    const { success, data } = versionSchema.safeParse(json);
    if (success && data.begin.version > VERSION) throw newerFormat(journal, data.begin.version, VERSION);
    const parsed = entrySchema.safeParse(json);
    if (!parsed.success) throw badJournal(journal, index + 1, null, parsed.error);
    return parsed.data;
  });
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function each(
  actions: readonly Undo[],
  warn: (text: string) => void = () => undefined,
): Promise<NspawnError[]> {
  const failures: NspawnError[] = [];
  for (const action of actions) {
    try {
      await carryOut(action, warn);
    } catch (error) {
      failures.push(asNspawnError(error));
    }
  }
  return failures;
}

/**
 * Never creates the journal: if somebody removed it, a new one would hold only a part of the records, but look
 * complete.
 */
async function append(journal: string, entries: readonly Entry[]): Promise<void> {
  const file = await open(journal, constants.O_WRONLY | constants.O_APPEND);
  try {
    await naming(journal, file.writeFile(entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')));
    await naming(journal, file.datasync());
  } finally {
    await file.close();
  }
}

/**
 * Creates the undo journal. Anyone may see that it exists, but only root may read it. Between the two calls, a run on
 * another container may remove the directory, which is still empty.
 */
async function createJournal(journal: string): Promise<void> {
  for (;;) {
    try {
      await makeDirectory(dirname(journal));
      const file = await open(journal, 'wx', 0o600);
      await file.close();
      return;
    } catch (error) {
      if (isMissing(error)) continue;
      await removeEmptyDirectory(dirname(journal));
      throw error;
    }
  }
}

async function removeJournal(journal: string): Promise<void> {
  await removeFile(journal);
  // An empty directory that a power loss brings back does no harm.
  await removeEmptyDirectory(dirname(journal), { synced: false });
  await removeEmptyDirectory(dirname(dirname(journal)), { synced: false });
}
