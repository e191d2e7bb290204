import { createInterface } from 'node:readline';

/** Asks on the terminal. Anything but y or yes is a no; so is a terminal that closes. */
export async function confirm(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // A terminal that was closed says EIO.
  process.stdin.once('error', () => terminal.close());
  const answer = await new Promise<string>((resolve) => {
    terminal.once('close', () => resolve(''));
    terminal.question(`${question} [y/N] `, resolve);
  });
  terminal.close();
  return /^\s*y(?:es)?\s*$/i.test(answer);
}
