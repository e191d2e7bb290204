import type { Display } from './listr-display.js';

export type { Display };

interface Manner {
  silent: boolean;
  verbose: boolean;
  /** Whether several containers' pipelines run at once. */
  several: boolean;
}

/** Shows a pipeline on stderr: live on a terminal, as plain lines elsewhere, not at all under --json. */
export async function openDisplay(manner: Manner): Promise<Display> {
  if (manner.silent) return { onEvent: () => undefined, close: async () => undefined };
  if (manner.several) {
    const { linesDisplay } = await import('./lines-display.js');
    return linesDisplay(manner);
  }
  const { listrDisplay } = await import('./listr-display.js');
  return listrDisplay({ live: process.stderr.isTTY && !manner.verbose, verbose: manner.verbose });
}
