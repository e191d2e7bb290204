import type { Display } from './listr-display.js';

export type { Display };

interface Manner {
  silent: boolean;
  verbose: boolean;
}

/** Shows a pipeline on stderr: live on a terminal, as plain lines elsewhere, not at all under --json. */
export async function openDisplay(manner: Manner): Promise<Display> {
  if (manner.silent) return { onEvent: () => undefined, close: async () => undefined };
  const { listrDisplay } = await import('./listr-display.js');
  return listrDisplay({ live: process.stderr.isTTY && !manner.verbose, verbose: manner.verbose });
}
