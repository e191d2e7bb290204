import type { RunOptions } from '../base/process.js';
import { showUnits } from './systemctl.js';

type Options = Pick<RunOptions, 'signal'>;

/** Every unit stops before these. What starts after them is irrelevant for a start. */
const AT_SHUTDOWN: readonly string[] = ['shutdown.target', 'umount.target'];

/** No unit that waits for containers starts before these. */
const EARLY: readonly string[] = ['basic.target', 'local-fs.target', 'sysinit.target', 'system.slice'];

/** What systemd knows of a unit of the host. */
export interface NamedUnit {
  /** The name by which it was asked for, which may be an alias. */
  asked: string;
  /** Its own name. */
  id: string;
  /** `loaded`, `not-found`, `masked`, … */
  load: string;
}

/** Looks up units of the host, in their order. */
export async function namedUnits(names: readonly string[], options: Options = {}): Promise<NamedUnit[]> {
  const shown = await showUnits(names, ['Id', 'LoadState'], options);
  return names.map((asked, index) => ({
    asked,
    id: shown[index]?.get('Id') ?? asked,
    load: shown[index]?.get('LoadState') ?? '',
  }));
}

/**
 * Looks for a way from one of `units` to one of `earlier`, on which each unit starts after the next one.
 *
 * systemd knows what comes after a unit only of units that are loaded, and it unloads those that nothing needs. So this
 * searches from both ends: for what starts after `earlier`, which is loaded if anything of it may start, and for what
 * the units start after.
 *
 * @returns the way with both ends; null if there is none
 */
export async function wayToEarlier(
  units: readonly string[],
  earlier: readonly string[],
  options: Options = {},
): Promise<string[] | null> {
  const later = await reached(earlier, 'Before', AT_SHUTDOWN, () => false, options);
  const before = await reached(units, 'After', EARLY, (unit) => later.has(unit), options);
  const meeting = [...before.keys()].find((unit) => later.has(unit));
  if (meeting === undefined) return null;
  return [...wayTo(meeting, before), ...wayTo(meeting, later).reverse().slice(1)];
}

/** The units that `property` leads to from `first`, each with the unit before it on the way; null for the first ones. */
async function reached(
  first: readonly string[],
  property: 'Before' | 'After',
  ends: readonly string[],
  isEnough: (unit: string) => boolean,
  options: Options,
): Promise<Map<string, string | null>> {
  const from = new Map<string, string | null>(first.map((unit) => [unit, null]));
  let level = [...from.keys()];
  while (level.length > 0 && !level.some(isEnough)) {
    const shown = await showUnits(level, [property], options);
    const next: string[] = [];
    for (const [index, unit] of level.entries()) {
      if (ends.includes(unit)) continue;
      for (const other of (shown[index]?.get(property) ?? '').split(' ')) {
        if (other === '' || from.has(other)) continue;
        from.set(other, unit);
        next.push(other);
      }
    }
    level = next;
  }
  return from;
}

/** From a first unit to this one. */
function wayTo(end: string, from: ReadonlyMap<string, string | null>): string[] {
  const way: string[] = [];
  for (let at: string | null = end; at !== null; at = from.get(at) ?? null) way.unshift(at);
  return way;
}
