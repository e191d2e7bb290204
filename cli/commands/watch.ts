import { setTimeout as delay } from 'node:timers/promises';
import { isLost } from '../outputs/output.js';

/** Milliseconds between two updates. */
const PAUSE = 2000;

/** ECMA-48: move the cursor to the upper left; clear the rest of the line; clear the rest of the screen. */
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

type Screen = Pick<NodeJS.WriteStream, 'isTTY' | 'rows' | 'write'>;

/**
 * Shows the output of `look` repeatedly. On a terminal, each output replaces the previous one; otherwise it is
 * appended. Ends when the reader of the output is gone. Ctrl-C and a failing `look` end the program as usual.
 */
export async function watch(screen: Screen, look: () => Promise<string>): Promise<void> {
  for (let isFirst = true; !isLost('stdout'); isFirst = false) {
    const text = await look();
    screen.write(screen.isTTY ? frame(text, screen.rows, isFirst) : `${isFirst ? '' : '\n'}${text}\n`);
    await delay(PAUSE);
  }
}

/** Overwrites the previous frame instead of clearing it first, to avoid flicker. */
function frame(text: string, rows: number, isFirst: boolean): string {
  const lines = text.split('\n').slice(0, rows - 1);
  const drawn = lines.map((line) => `${line}${CLEAR_LINE}\n`).join('');
  return `${isFirst ? `${HOME}${CLEAR_BELOW}` : HOME}${drawn}${CLEAR_BELOW}`;
}
