import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Argv, timed } from '../measure/command.js';

const door = fileURLToPath(new URL('../../bin/run.cjs', import.meta.url));
const standIn = fileURLToPath(new URL('../stand-in.py', import.meta.url));

/** Where run.ts puts the Python tool, if its source is given. */
export const PYTHON_TOOL = '/opt/python-tool/nixos-nspawn';
export const hasPythonTool = existsSync(PYTHON_TOOL);

/** The built command line, run by a given Node.js. */
export const ours = (node: string, ...words: string[]): Argv => [node, door, ...words];

/** The Python tool, or its replacement. */
export const theirs = (...words: string[]): Argv => [
  'python3',
  hasPythonTool ? PYTHON_TOOL : standIn,
  ...words,
];
export const theirName = hasPythonTool ? 'the Python tool' : 'the stand-in';

/** The version of a Node.js binary, such as `v24.22.3`. */
export const versionOf = async (node: string) => (await timed({ argv: [node, '--version'] })).stdout.trim();
