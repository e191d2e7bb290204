import { readFile } from 'node:fs/promises';
import { waitFor } from '../host/wait-for.js';

/** Waits until a process has ended. A zombie has ended, although its parent has not asked for its exit code yet. */
export async function ended(pid: number): Promise<void> {
  if (!(pid > 1)) throw new Error(`${pid} is not a process ID`);
  const hasEnded = async () => {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => 'State:\tX');
    return /^State:\t[XZ]/m.test(status);
  };
  await waitFor(`the end of process ${pid}`, hasEnded, { timeout: 20_000, interval: 10 });
}

/** Waits until a file has a complete line, and returns its text without the last newline. */
export const lineIn = (path: string): Promise<string> =>
  waitFor(
    `a line in ${path}`,
    async () => {
      const text = await readFile(path, 'utf8');
      return text.endsWith('\n') ? text.slice(0, -1) : null;
    },
    { timeout: 20_000, interval: 10 },
  );
