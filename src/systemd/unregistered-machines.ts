import { readdirSync } from 'node:fs';
import type { RunOptions } from '../base/process.js';
import { serviceOf } from '../container/host-file-names.js';
import { isMissing } from '../errors/system-calls.js';
import { addressesOf } from './addresses.js';
import { initOf } from './force.js';
import { invocationName, UNITS } from './invocation.js';
import type { Machine } from './machined.js';
import { showUnits } from './systemctl.js';

/**
 * Running containers that systemd-machined does not know. Since systemd 261, systemd-nspawn only logs it if machined
 * refuses to register a container (`--register=auto`).
 *
 * systemd is asked only about services that have a run and no registered machine, so usually it is not asked at all.
 *
 * @param names only these containers; default all
 */
export async function unregisteredMachines(
  isRegistered: (name: string) => boolean,
  options: Pick<RunOptions, 'signal'>,
  names?: readonly string[],
): Promise<Machine[]> {
  const suspects = servicesWithRun().filter(
    (name) => !isRegistered(name) && (names === undefined || names.includes(name)),
  );
  const units = await showUnits(suspects.map(serviceOf), ['ActiveState', 'MainPID'], options);
  const found = await Promise.all(
    suspects.map(async (name, index): Promise<Machine | null> => {
      const unit = units[index];
      // A container that is starting is not registered yet.
      if (unit?.get('ActiveState') !== 'active') return null;
      const leader = await initOf(Number(unit.get('MainPID')));
      const addresses = leader === null ? [] : addressesOf(leader);
      return { name, service: null, leader, addresses, isRegistered: false };
    }),
  );
  return found.filter((machine) => machine !== null);
}

/** The containers whose services systemd runs, starts or stops. */
function servicesWithRun(): string[] {
  const [before = '', after = ''] = invocationName(serviceOf('\n')).split('\n');
  return unitFiles()
    .filter((file) => file.startsWith(before) && file.endsWith(after))
    .map((file) => file.slice(before.length, -after.length));
}

function unitFiles(): string[] {
  try {
    return readdirSync(UNITS);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
