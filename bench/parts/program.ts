import { fileURLToPath } from 'node:url';
import { type Argv, timed } from '../measure/command.js';

const door = fileURLToPath(new URL('../../bin/run.cjs', import.meta.url));
const standIn = fileURLToPath(new URL('../stand-in.py', import.meta.url));

/** The built command line, run by a given Node.js. */
export const ours = (node: string, ...words: string[]): Argv => [node, door, ...words];

/** The replacement for the Python tool. */
export const theirs = (...words: string[]): Argv => ['python3', standIn, ...words];

/** The version of a Node.js binary, such as `v24.22.3`. */
export const versionOf = async (node: string) => (await timed({ argv: [node, '--version'] })).stdout.trim();
