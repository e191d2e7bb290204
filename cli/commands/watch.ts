import { setTimeout as delay } from 'node:timers/promises';
import { isLost } from '../outputs/output.js';

/** Milliseconds between two looks. */
const PAUSE = 2000;

/** ECMA-48: to the upper left; clear what is left of the line, of the screen. */
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

type Screen = Pick<NodeJS.WriteStream, 'isTTY' | 'rows' | 'write'>;

/**
 * Shows what `look` gives again and again, on a terminal in place of what stood there, else one below the other. It ends when
 * nobody reads it any more. Ctrl-C ends it as it ends any program, and so does a look that fails.
 */
export async function watch(screen: Screen, look: () => Promise<string>): Promise<void> {
  for (let isFirst = true; !isLost('stdout'); isFirst = false) {
    const text = await look();
    screen.write(screen.isTTY ? frame(text, screen.rows, isFirst) : `${isFirst ? '' : '\n'}${text}\n`);
    await delay(PAUSE);
  }
}

/** Drawn over what stands there rather than after clearing it, so that nothing flickers. */
function frame(text: string, rows: number, isFirst: boolean): string {
  const lines = text.split('\n').slice(0, rows - 1);
  const drawn = lines.map((line) => `${line}${CLEAR_LINE}\n`).join('');
  return `${isFirst ? `${HOME}${CLEAR_BELOW}` : HOME}${drawn}${CLEAR_BELOW}`;
}
