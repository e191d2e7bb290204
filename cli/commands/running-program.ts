import { resolve } from 'node:path';

/** How this process was started: Node.js and the script it was given, links of its path unresolved. */
export function runningProgram(): readonly [string, string] {
  return [process.execPath, resolve(process.argv[1] ?? '')];
}
