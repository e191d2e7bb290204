import * as z from 'zod';
import { type RunOptions, run, runAttached } from '../base/process.js';

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

export interface Machine {
  name: string;
  service: string | null;
  /** IP addresses as text. IPv4 comes first, as in machined's output. */
  addresses: string[];
}

/** Every running container, by one call. Excludes `.host` and virtual machines. */
export async function listMachines(options: Options = {}): Promise<Machine[]> {
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
      addresses: addressList(found.addresses),
    }));
}

function addressList(addresses: string | string[] | null): string[] {
  if (addresses === null) return [];
  const texts = typeof addresses === 'string' ? addresses.split(/[\s,]+/) : addresses;
  return texts.filter((text) => /^[0-9a-f.:]+(%[\w.-]+)?$/i.test(text));
}

/** Asks the container's init to power off; returns at once. */
export async function powerOff(name: string, options: Options = {}): Promise<void> {
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
