import { asNspawnError } from '../../errors/nspawn-error.js';
import { type RunningMachine, runningMachines } from '../../systemd/running-machines.js';
import { fact } from '../look.js';

/** The running containers, by name; empty if machined cannot answer, which other checks report. */
export const machines = fact(async ({ signal }): Promise<ReadonlyMap<string, RunningMachine>> => {
  try {
    return await runningMachines({ signal });
  } catch (error) {
    const { code } = asNspawnError(error);
    if (code === 'command-failed' || code === 'command-missing') return new Map();
    throw error;
  }
});
