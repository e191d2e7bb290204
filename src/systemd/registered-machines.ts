import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { RunOptions } from '../base/process.js';
import { leadersOf, machinesByCommand, powerOffByCommand } from './machinectl.js';
import { type Machine, machineByVarlink, machinesByVarlink, signalByVarlink } from './machined.js';
import { unregisteredMachines } from './unregistered-machines.js';

export type { Machine } from './machined.js';

type Options = Pick<RunOptions, 'signal'>;

/** machined keeps a file here for each machine that it knows. */
const MACHINES = '/run/systemd/machines';

/** The signal at which systemd powers off as process 1 (systemd(1), SIGRTMIN+4). glibc's SIGRTMIN is 34. */
const POWER_OFF = 38;

/**
 * Every running container, by name. Excludes `.host` and virtual machines.
 *
 * Asks machined directly. If it does not answer, machinectl is called, which starts machined or knows why it cannot.
 */
export async function listMachines(options: Options = {}): Promise<Machine[]> {
  const registered =
    (await machinesByVarlink(options)) ?? (await withLeaders(await machinesByCommand(options), options));
  const names = new Set(registered.map(({ name }) => name));
  const unregistered = await unregisteredMachines((name) => names.has(name), options);
  return [...registered, ...unregistered].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The running container of this name; null if it does not run. */
export async function findMachine(name: string, options: Options = {}): Promise<Machine | null> {
  const registered =
    (await machineByVarlink(name, options)) ??
    (await withLeaders(
      (await machinesByCommand(options)).filter((machine) => machine.name === name),
      options,
    ));
  return registered[0] ?? (await unregisteredMachines(() => false, options, [name]))[0] ?? null;
}

/** Whether machined knows a container of this name. */
export async function isRegistered(name: string, signal?: AbortSignal): Promise<boolean> {
  return ((await machineByVarlink(name, { signal })) ?? (await machinesByCommand({ signal }))).some(
    (machine) => machine.name === name,
  );
}

/**
 * Identifies the current registration of a machine, by machined's file of it; null if there is none. Another start
 * results in another text. Starts no process and asks nobody.
 */
export function registrationOf(name: string): string | null {
  const stats = statSync(join(MACHINES, name), { throwIfNoEntry: false, bigint: true });
  return stats === undefined ? null : `${stats.ino} ${stats.mtimeNs}`;
}

/** The process id of a running container's init, as seen by the host; null if the container does not run. */
export async function machineLeader(name: string, options: Options = {}): Promise<number | null> {
  return (await findMachine(name, options))?.leader ?? null;
}

/** Asks the container's init to power off; returns at once. */
export async function powerOff(name: string, options: Options = {}): Promise<void> {
  if ((await signalByVarlink(name, POWER_OFF, options)) === null) await powerOffByCommand(name, options);
}

async function withLeaders(
  machines: readonly Omit<Machine, 'leader'>[],
  options: Options,
): Promise<Machine[]> {
  const leaders =
    machines.length === 0
      ? new Map<string, number>()
      : await leadersOf(
          machines.map(({ name }) => name),
          options,
        );
  return machines.map((machine) => ({ ...machine, leader: leaders.get(machine.name) ?? null }));
}
