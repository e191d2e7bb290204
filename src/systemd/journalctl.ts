import { type Argv, linesOf, type RunOptions, run, runAttached } from '../base/process.js';

/** The last lines of a unit's journal on the host since `since`. Messages only, newest last. */
export async function unitJournal(
  unit: string,
  since: Date,
  lines: number,
  options: Pick<RunOptions, 'signal'> = {},
): Promise<string> {
  const from = `@${Math.floor(since.getTime() / 1000)}`;
  const { stdout } = await run(
    [
      'journalctl',
      `--unit=${unit}`,
      `--since=${from}`,
      `--lines=${lines}`,
      '--output=cat',
      '--no-pager',
      '--quiet',
    ],
    options,
  );
  return stdout.trimEnd();
}

/** Which journal to show, and which part of it. */
export interface JournalRequest {
  /** The journal of a running container, a directory of journal files, or the host's own journal. */
  of: { machine: string } | { directory: string } | 'host';
  unit: string | null;
  follow: boolean;
  /** In journalctl(1)'s notation; null for no limit. */
  since: string | null;
  lines: number | null;
}

export function journalArgv({ of, unit, follow, since, lines }: JournalRequest): Argv {
  const whose =
    of === 'host' ? [] : 'machine' in of ? [`--machine=${of.machine}`] : [`--directory=${of.directory}`];
  return [
    'journalctl',
    '--quiet',
    ...whose,
    ...(unit === null ? [] : [`--unit=${unit}`]),
    ...(since === null ? [] : [`--since=${since}`]),
    ...(lines === null ? [] : [`--lines=${lines}`]),
    ...(follow ? ['--follow'] : []),
  ];
}

/** Shows a journal on this process's streams; journalctl starts a pager on a terminal. Returns its exit code. */
export async function showJournal(request: JournalRequest): Promise<number> {
  return runAttached(journalArgv(request));
}

/** The text of a journal, in journalctl's format. */
export async function journalText(
  request: JournalRequest,
  options: Pick<RunOptions, 'signal'>,
): Promise<string> {
  return (await run([...journalArgv(request), '--no-pager'], options)).stdout;
}

/** The lines of a journal, as they arrive. */
export function journalLines(
  request: JournalRequest,
  options: Pick<RunOptions, 'signal'>,
): AsyncGenerator<string> {
  return linesOf([...journalArgv(request), '--no-pager'], options);
}
