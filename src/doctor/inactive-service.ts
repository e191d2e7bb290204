import type { UnitState } from '../systemd/unit-states.js';
import { hostProblem, type Problem } from './finding.js';
import { installCommand } from './packages.js';

interface Request<Id extends string> {
  id: Id;
  /** `systemd-networkd.service`. */
  unit: string;
  /** The option of NixOS that enables it. */
  option: string;
  units: ReadonlyMap<string, UnitState>;
  distribution: readonly string[];
}

/** A service that should run and does not. A unit whose state is not known is not reported. */
export function inactiveService<Id extends string>({
  id,
  unit,
  option,
  units,
  distribution,
}: Request<Id>): Problem<Id>[] {
  const state = units.get(unit);
  if (state === undefined || state.active === 'active' || state.active === 'activating') return [];
  const name = unit.replace('.service', '');
  return [
    hostProblem(id, `${name} is not running: it is ${stateText(state)}.`, {
      options: [option],
      commands: [
        ...(state.load === 'not-found' ? installCommand(distribution, name) : []),
        ...(state.load === 'masked' ? [['systemctl', 'unmask', unit] as const] : []),
        ['systemctl', 'enable', '--now', unit],
      ],
    }),
  ];
}

function stateText({ load, active }: UnitState): string {
  if (load === 'loaded') return active;
  return load === 'masked' ? 'masked' : 'not installed';
}
