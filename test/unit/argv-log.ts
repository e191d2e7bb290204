import { readFile, writeFile } from 'node:fs/promises';

/** Shell code that logs one call. A NUL ends each word and a newline ends the argv, so a word may contain anything. */
export const noteArgv = (name: string, log: string) =>
  `{ printf '%s\\0' ${name} "$@"; printf '\\n\\0'; } >>${log}`;

/** Returns every argv in the log, program first. Unless `forget` is false, empties the log. */
export async function takeArgvs(log: string, { forget = true } = {}): Promise<string[][]> {
  const text = await readFile(log, 'utf8');
  if (forget) await writeFile(log, '');
  return text
    .split('\n\0')
    .filter((line) => line !== '')
    .map((line) => line.split('\0').slice(0, -1));
}
