import type { HostSideChange } from './host-side-change.js';
import { type UnitFile, unitValues } from './unit-file.js';

/** How a service depends on a unit, from the strongest to the weakest. A unit that it requires also starts before it. */
const KINDS = [
  { key: 'Requires', now: 'Now requires', noLonger: 'No longer requires' },
  { key: 'Wants', now: 'Now wants', noLonger: 'No longer wants' },
  { key: 'After', now: 'Now starts after', noLonger: 'No longer starts after' },
] as const;

type Kind = (typeof KINDS)[number];

/** What changes in the order of a container and other units between two drop-ins of its service. */
export function orderChanges(before: UnitFile, after: UnitFile): HostSideChange[] {
  const [was, is] = [orderOf(before), orderOf(after)];
  return [...new Set([...was.keys(), ...is.keys()])].sort().flatMap((unit) => {
    const [old, fresh] = [was.get(unit), is.get(unit)];
    if (old === fresh) return [];
    return [
      ...(old === undefined ? [] : [change(old, unit, [unit], [], old.noLonger)]),
      ...(fresh === undefined ? [] : [change(fresh, unit, [], [unit], fresh.now)]),
    ];
  });
}

function orderOf(dropIn: UnitFile): Map<string, Kind> {
  const kinds = new Map<string, Kind>();
  for (const kind of KINDS) {
    const units = unitValues(dropIn, 'Unit', kind.key).flatMap((value) => value.split(' '));
    for (const unit of units) if (unit !== '' && !kinds.has(unit)) kinds.set(unit, kind);
  }
  return kinds;
}

const change = (
  { key }: Kind,
  unit: string,
  before: readonly string[],
  after: readonly string[],
  words: string,
): HostSideChange => ({ setting: `Unit.${key}`, before, after, text: `${words} ${nounOf(unit)}.` });

function nounOf(unit: string): string {
  const container = /^systemd-nspawn@(.+)\.service$/.exec(unit)?.[1];
  return container === undefined ? `the unit ${unit}` : `the container ${container}`;
}
