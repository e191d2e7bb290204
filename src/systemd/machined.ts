import * as z from 'zod';
import { callVarlink } from '../base/varlink.js';
import { addressesOf } from './addresses.js';

/*
 * systemd-machined's Varlink interface (io.systemd.Machine, since systemd 257). Each call takes a few milliseconds, and
 * starts no process. Each function returns null if machined does not answer, or is older.
 */

/** A running container. */
export interface Machine {
  name: string;
  /** The program that registered it. */
  service: string | null;
  /** The process id of its init, as seen by the host; null if the container has ended in the meantime. */
  leader: number | null;
  /** IP addresses as text. IPv4 comes first, link-local addresses are last. */
  addresses: readonly string[];
  /** Whether systemd-machined knows it. If not, nothing can enter it or find it by its name. */
  isRegistered: boolean;
}

/** Where machined listens. Empty: do not use this interface. */
const socket = () => process.env.NIXOS_NSPAWN_MACHINED_SOCKET ?? '/run/systemd/machine/io.systemd.Machine';

interface Options {
  signal?: AbortSignal | undefined;
}

const INTERFACE = 'io.systemd.Machine';
const LIST = `${INTERFACE}.List`;
const NO_SUCH_MACHINE = `${INTERFACE}.NoSuchMachine`;

const machineSchema = z.looseObject({
  name: z.string(),
  class: z.string(),
  service: z.string().nullish(),
  leader: z.looseObject({ pid: z.int().positive() }).nullish(),
});

/** Every registered container, in any order. Excludes `.host` and virtual machines. */
export async function machinesByVarlink(options: Options): Promise<Machine[] | null> {
  const answer = await call(LIST, {}, { ...options, more: true });
  return answer === null || answer.error !== null ? null : machinesIn(answer.replies);
}

/** The registered container of this name, in a list of one; an empty list if there is none. */
export async function machineByVarlink(name: string, options: Options): Promise<Machine[] | null> {
  const answer = await call(LIST, { name }, options);
  if (answer?.error === NO_SUCH_MACHINE) return [];
  return answer === null || answer.error !== null ? null : machinesIn(answer.replies);
}

/**
 * Sends a signal to the container's init.
 *
 * @param signal the number
 * @returns true if it was sent; otherwise null
 */
export async function signalByVarlink(name: string, signal: number, options: Options): Promise<true | null> {
  const answer = await call(`${INTERFACE}.Kill`, { name, whom: 'leader', signal }, options);
  return answer === null || answer.error !== null ? null : true;
}

const infoSchema = z.looseObject({ version: z.string() });

/** The version of the running systemd-machined: `257.13 (257.13-1~deb13u1)`. */
export async function versionByVarlink(options: Options): Promise<string | null> {
  const answer = await call('org.varlink.service.GetInfo', {}, options);
  return infoSchema.safeParse(answer?.replies[0]).data?.version ?? null;
}

async function call(
  method: string,
  parameters: Readonly<Record<string, unknown>>,
  options: Options & { more?: boolean },
) {
  const at = socket();
  return at === '' ? null : callVarlink(at, method, parameters, options);
}

function machinesIn(replies: readonly unknown[]): Machine[] | null {
  const machines = z.array(machineSchema).safeParse(replies).data;
  if (machines === undefined) return null;
  return machines
    .filter((machine) => machine.class === 'container')
    .map(({ name, service, leader }) => ({
      name,
      service: service ?? null,
      leader: leader?.pid ?? null,
      addresses: leader ? addressesOf(leader.pid) : [],
      isRegistered: true,
    }));
}
