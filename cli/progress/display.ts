import type { Display } from './listr-display.js';

export type { Display };

interface Manner {
  silent: boolean;
  verbose: boolean;
  /** Whether several containers' pipelines run at once. */
  several: boolean;
}

/** Whether the locale uses UTF-8 (locale(7)). Without a locale, only ASCII is safe. */
const writesUtf8 = ({ LC_ALL, LC_CTYPE, LANG }: NodeJS.ProcessEnv) =>
  /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '');

/** Shows a pipeline on stderr: live on a terminal, as plain lines elsewhere or with --verbose, hidden with --json. */
export async function openDisplay(manner: Manner): Promise<Display> {
  if (manner.silent) return { onEvent: () => undefined, close: async () => undefined };
  const ascii = !writesUtf8(process.env);
  const isPlain = process.env.TERM === 'dumb' || ascii;
  if (manner.several || manner.verbose || isPlain || !process.stderr.isTTY) {
    const { linesDisplay } = await import('./lines-display.js');
    return linesDisplay({ ...manner, ascii });
  }
  const { listrDisplay } = await import('./listr-display.js');
  return listrDisplay();
}
