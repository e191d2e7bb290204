import type { Display } from './listr-display.js';

export type { Display };

interface Manner {
  silent: boolean;
  verbose: boolean;
  /** Whether several containers' pipelines run at once. */
  several: boolean;
}

/** Shows a pipeline on stderr: live on a terminal, as plain lines elsewhere and with --verbose, not at all under --json. */
export async function openDisplay(manner: Manner): Promise<Display> {
  if (manner.silent) return { onEvent: () => undefined, close: async () => undefined };
  if (manner.several || manner.verbose || !process.stderr.isTTY) {
    const { linesDisplay } = await import('./lines-display.js');
    return linesDisplay(manner);
  }
  const { listrDisplay } = await import('./listr-display.js');
  return listrDisplay();
}
