import type { Essentials } from '../facts.js';
import { type Finding, hostFinding } from '../finding.js';
import { installCommand } from '../packages.js';
import { SERVICES } from '../services.js';

/** systemd's network services. */
export function serviceFindings({ host }: Essentials): Finding[] {
  if (!host.isBooted) return [];
  return [
    ...inactive(host, 'networkd-inactive', SERVICES.networkd, 'networking.useNetworkd = true;'),
    ...inactive(host, 'resolved-inactive', SERVICES.resolved, 'services.resolved.enable = true;'),
  ];
}

function inactive(
  { units, distribution }: Essentials['host'],
  id: 'networkd-inactive' | 'resolved-inactive',
  unit: string,
  option: string,
): Finding[] {
  const state = units.get(unit);
  if (state === undefined || state.active === 'active' || state.active === 'activating') return [];
  const name = unit.replace('.service', '');
  const how = state.load === 'loaded' ? state.active : state.load === 'masked' ? 'masked' : 'not installed';
  return [
    hostFinding(id, `${name} does not run: it is ${how}.`, {
      options: [option],
      commands: [
        ...(state.load === 'not-found' ? installCommand(distribution, name) : []),
        ...(state.load === 'masked' ? [['systemctl', 'unmask', unit] as const] : []),
        ['systemctl', 'enable', '--now', unit],
      ],
    }),
  ];
}
