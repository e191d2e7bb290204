import { type RunOptions, run } from '../base/process.js';
import { listMachines, type Machine } from './machinectl.js';

export interface RunningMachine extends Machine {
  /** The process id of its init, as seen by the host; null if the container has ended in the meantime. */
  leader: number | null;
}

/** Every running container with its init. Uses two calls, regardless of the number of containers. */
export async function runningMachines(
  options: Pick<RunOptions, 'signal'> = {},
): Promise<Map<string, RunningMachine>> {
  const machines = await listMachines(options);
  if (machines.length === 0) return new Map();
  const { stdout } = await run(
    // Unlike systemctl, machinectl takes only one property per option.
    ['machinectl', 'show', '--property=Name', '--property=Leader', '--', ...machines.map(({ name }) => name)],
    // 1: one of them has ended since it was listed.
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
