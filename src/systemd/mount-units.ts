import { dirname } from 'node:path';
import type { RunOptions } from '../base/process.js';
import { unitStates } from './unit-states.js';

/** The mount point at or above a path whose unit (from fstab, for example) is not active; null if there is none. */
export async function unmountedAbove(
  path: string,
  options: Pick<RunOptions, 'signal'> = {},
): Promise<string | null> {
  const places: string[] = [];
  for (let place = path; place !== '/'; place = dirname(place)) places.push(place);
  const units = new Map(places.map((place) => [mountUnit(place), place]));
  if (units.size === 0) return null;
  const states = await unitStates([...units.keys()], options);
  for (const [unit, place] of units) {
    const state = states.get(unit);
    if (state?.load === 'loaded' && state.active !== 'active') return place;
  }
  return null;
}

/** `mnt-my\\x20nas.mount` for `/mnt/my nas` (systemd.unit(5), "String Escaping for Inclusion in Unit Names"). */
export function mountUnit(path: string): string {
  const escaped = path
    .split('/')
    .filter((part) => part !== '')
    .join('/')
    .replace(/^\.|[^A-Za-z0-9:_./]/g, (character) =>
      [...Buffer.from(character)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join(''),
    )
    .replaceAll('/', '-');
  return `${escaped}.mount`;
}
