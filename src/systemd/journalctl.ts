import { type RunOptions, run } from '../process.js';

/** The last lines of a unit's journal on the host, since `since` (a Date); plain messages, newest last. */
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
