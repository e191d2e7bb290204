import { resolve } from 'node:path';

/** The command that started this process: Node.js and its script, without resolving links in the path. */
export function runningProgram(): readonly [string, string] {
  return [process.execPath, resolve(process.argv[1] ?? '')];
}
