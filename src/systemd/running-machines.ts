import { type RunOptions, run } from '../base/process.js';
import { listMachines, type Machine } from './machinectl.js';

export interface RunningMachine extends Machine {
  /** The host's process id of its init; null where it ended meanwhile. */
  leader: number | null;
}

/** Every running container with its init, by two calls however many there are. */
export async function runningMachines(
  options: Pick<RunOptions, 'signal'> = {},
): Promise<Map<string, RunningMachine>> {
  const machines = await listMachines(options);
  if (machines.length === 0) return new Map();
  const { stdout } = await run(
    // machinectl takes one property with each option, unlike systemctl.
    ['machinectl', 'show', '--property=Name', '--property=Leader', '--', ...machines.map(({ name }) => name)],
    // 1: one of them ended since the list.
    { ...options, acceptCodes: [0, 1] },
  );
  const leaders = new Map<string, number>();
  for (const block of stdout.split('\n\n')) {
    const name = /^Name=(.+)$/m.exec(block)?.[1];
    const leader = /^Leader=(\d+)$/m.exec(block)?.[1];
    if (name !== undefined && leader !== undefined) leaders.set(name, Number(leader));
  }
  return new Map(
    machines.map((machine) => [machine.name, { ...machine, leader: leaders.get(machine.name) ?? null }]),
  );
}
