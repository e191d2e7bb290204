import { type UnitState, unitStates } from '../../systemd/unit-states.js';
import { systemdVersion } from '../../systemd/version.js';
import { fact } from '../look.js';
import { isBooted } from './host.js';
import { inventory } from './inventory.js';
import { missingPrograms } from './programs.js';

/** Services of the host that matter to containers. */
export const SERVICES = {
  networkd: 'systemd-networkd.service',
  resolved: 'systemd-resolved.service',
  machined: 'systemd-machined.service',
  ufw: 'ufw.service',
  firewalld: 'firewalld.service',
} as const;

/** Whether systemd can be queried: if it is not PID 1, systemctl fails. */
export const answers = fact(
  async (look) => (await look.at(isBooted)) && !(await look.at(missingPrograms)).includes('systemctl'),
);

/** The major version; 0 if it is unknown. */
export const version = fact(async (look) =>
  (await look.at(answers)) ? systemdVersion({ signal: look.signal }) : 0,
);

/** The states of the host's services and of every container's service, from one call. */
export const units = fact(async (look): Promise<ReadonlyMap<string, UnitState>> => {
  if (!(await look.at(answers))) return new Map();
  const ofContainers = (await look.at(inventory)).map(({ places }) => places.service);
  return unitStates([...Object.values(SERVICES), ...ofContainers], { signal: look.signal });
});
