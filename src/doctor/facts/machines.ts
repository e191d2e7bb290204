import { asNspawnError } from '../../errors/nspawn-error.js';
import { listMachines, type Machine } from '../../systemd/registered-machines.js';
import { fact } from '../look.js';

/** The running containers, by name; empty if machined cannot answer, which other checks report. */
export const machines = fact(async ({ signal }): Promise<ReadonlyMap<string, Machine>> => {
  try {
    return new Map((await listMachines({ signal })).map((machine) => [machine.name, machine]));
  } catch (error) {
    const { code } = asNspawnError(error);
    if (code === 'command-failed' || code === 'command-missing') return new Map();
    throw error;
  }
});
