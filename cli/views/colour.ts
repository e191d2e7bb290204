import { styleText } from 'node:util';

export type Colour = 'green' | 'yellow' | 'red' | 'dim' | 'bold';

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether a stream shows colours: a terminal that can, and NO_COLOR is not set (https://no-color.org). */
export const showsColour = (stream: { isTTY?: boolean } = process.stdout, env: Environment = process.env) =>
  stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';

/** The text in a colour; as it is where there is none. */
export const coloured = (text: string, colour: Colour | null) =>
  colour === null || text === '' ? text : styleText(colour, text, { validateStream: false });

/** How a diagnostic begins, on standard error. */
export const marked = (word: 'Error' | 'Warning', isColoured = showsColour(process.stderr)) =>
  `${isColoured ? coloured(word, word === 'Error' ? 'red' : 'yellow') : word}:`;
