import { createInterface } from 'node:readline';

/** Asks on the terminal. Anything but y or yes means no, as does closing the terminal. */
export async function confirm(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // Reading from a closed terminal fails with EIO.
  process.stdin.once('error', () => terminal.close());
  const answer = await new Promise<string>((resolve) => {
    terminal.once('close', () => resolve(''));
    terminal.question(`${question} [y/N] `, resolve);
  });
  terminal.close();
  return /^\s*y(?:es)?\s*$/i.test(answer);
}
