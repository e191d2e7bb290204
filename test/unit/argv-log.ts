import { readFile, writeFile } from 'node:fs/promises';

/** What a command that notes its calls writes for each: a NUL ends each word and a newline the argv, so that a word may hold anything. */
export const noteArgv = (name: string, log: string) =>
  `{ printf '%s\\0' ${name} "$@"; printf '\\n\\0'; } >>${log}`;

/** Every argv that was noted, program first; the log is empty afterwards. */
export async function takeArgvs(log: string): Promise<string[][]> {
  const text = await readFile(log, 'utf8');
  await writeFile(log, '');
  return text
    .split('\n\0')
    .filter((line) => line !== '')
    .map((line) => line.split('\0').slice(0, -1));
}
