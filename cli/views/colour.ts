import { styleText } from 'node:util';

export type Colour = 'green' | 'yellow' | 'red' | 'dim' | 'bold';

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether to colour a stream's output: it is a capable terminal, and NO_COLOR is not set (https://no-color.org). */
export const showsColour = (stream: { isTTY?: boolean } = process.stdout, env: Environment = process.env) =>
  stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';

/** The text in a colour, or unchanged if `colour` is null. */
export const coloured = (text: string, colour: Colour | null) =>
  colour === null || text === '' ? text : styleText(colour, text, { validateStream: false });

/** The first word of a diagnostic on standard error. */
export const marked = (word: 'Error' | 'Warning', isColoured = showsColour(process.stderr)) =>
  `${isColoured ? coloured(word, word === 'Error' ? 'red' : 'yellow') : word}:`;
