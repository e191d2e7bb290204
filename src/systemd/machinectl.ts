import * as z from 'zod';
import { type RunOptions, run, runAttached } from '../base/process.js';
import { inOrder } from './addresses.js';
import type { Machine } from './machined.js';

type Options = Pick<RunOptions, 'signal'>;

const machine = z.looseObject({
  machine: z.string(),
  class: z.string(),
  service: z.string().nullable().default(null),
  addresses: z
    .union([z.string(), z.array(z.string())])
    .nullable()
    .default(null),
});

/** Every registered container, by one call. Excludes `.host` and virtual machines. */
export async function machinesByCommand(options: Options = {}): Promise<Omit<Machine, 'leader'>[]> {
  const { stdout } = await run(['machinectl', 'list', '--max-addresses=all', '--output=json'], options);
  // If there is no machine, some versions of machinectl print "No machines." even with JSON output.
  if (!stdout.trimStart().startsWith('[')) return [];
  return z
    .array(machine)
    .parse(JSON.parse(stdout))
    .filter((found) => found.class === 'container')
    .map((found) => ({
      name: found.machine,
      service: found.service,
      addresses: inOrder(addressList(found.addresses)),
      isRegistered: true,
    }));
}

function addressList(addresses: string | string[] | null): string[] {
  if (addresses === null) return [];
  const texts = typeof addresses === 'string' ? addresses.split(/[\s,]+/) : addresses;
  return texts.filter((text) => /^[0-9a-f.:]+(%[\w.-]+)?$/i.test(text));
}

/** The process ids of containers' inits, by name. A container that has ended since is left out. */
export async function leadersOf(
  names: readonly string[],
  options: Options = {},
): Promise<Map<string, number>> {
  const { stdout } = await run(
    // Unlike systemctl, machinectl takes only one property per option.
    ['machinectl', 'show', '--property=Name', '--property=Leader', '--', ...names],
    // 1: one of them has ended since it was listed.
    { ...options, acceptCodes: [0, 1] },
  );
  const leaders = new Map<string, number>();
  for (const block of stdout.split('\n\n')) {
    const name = /^Name=(.+)$/m.exec(block)?.[1];
    const leader = /^Leader=(\d+)$/m.exec(block)?.[1];
    if (name !== undefined && leader !== undefined) leaders.set(name, Number(leader));
  }
  return leaders;
}

/** Asks the container's init to power off; returns at once. */
export async function powerOffByCommand(name: string, options: Options = {}): Promise<void> {
  await run(['machinectl', 'poweroff', name], options);
}

/** Sends a signal, by name or number, to the container's first process. */
export async function signalLeader(name: string, signal: string, options: Options = {}): Promise<void> {
  await run(['machinectl', 'kill', '--kill-whom=leader', `--signal=${signal}`, name], {
    signal: options.signal,
  });
}

/** Opens a shell of `user` on the caller's terminal. machinectl does not pass on the shell's exit code. */
export async function openShell(name: string, user: string): Promise<number> {
  return runAttached(['machinectl', 'shell', '--quiet', `${user}@${name}`]);
}

/** Opens the container's login prompt on the caller's terminal. */
export async function openLogin(name: string): Promise<number> {
  return runAttached(['machinectl', 'login', '--quiet', name]);
}
