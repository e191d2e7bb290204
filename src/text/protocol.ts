/** The hidden first word of a command line that another host's tool sends. The number of the protocol follows. */
export const AGENT = '__agent';

/** The hidden command for which the tool on the target calls itself. Its output has no reader. */
export const RUN_ORDER = '__run';

/** Increased whenever two versions of the tool could misunderstand each other. */
export const PROTOCOL = 1;
