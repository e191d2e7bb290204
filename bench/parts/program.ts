import { fileURLToPath } from 'node:url';
import { type Argv, timed } from '../measure/command.js';

const door = fileURLToPath(new URL('../../bin/run.cjs', import.meta.url));
const standIn = fileURLToPath(new URL('../stand-in.py', import.meta.url));

/** The built command line under a given Node.js. */
export const ours = (node: string, ...words: string[]): Argv => [node, door, ...words];

/** What stands in for the Python tool. */
export const theirs = (...words: string[]): Argv => ['python3', standIn, ...words];

/** What a Node.js binary says that it is, like `v24.22.3`. */
export const versionOf = async (node: string) => (await timed({ argv: [node, '--version'] })).stdout.trim();
