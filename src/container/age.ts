import { invalidAge } from '../errors/usage.js';

const HOUR = 3_600_000;
const UNITS: ReadonlyMap<string, number> = new Map([
  ['h', HOUR],
  ['d', 24 * HOUR],
  ['w', 7 * 24 * HOUR],
]);

/** Converts an age such as `14d`, `36h` or `2w` to milliseconds. @throws NspawnError `usage` */
export function parseAge(text: string): number {
  const match = /^([0-9]{1,6})([a-z])$/.exec(text);
  const unit = match === null ? undefined : UNITS.get(match[2] ?? '');
  if (match === null || unit === undefined) throw invalidAge(text);
  return Number(match[1]) * unit;
}
