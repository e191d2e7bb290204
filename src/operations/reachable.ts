import { containerName } from '../container/name.js';
import { notRunning, unregistered } from '../errors/containers.js';
import type { Container } from '../host/container.js';
import { findMachine, type Machine } from '../systemd/registered-machines.js';
import type { OperationOptions } from './context.js';
import { requireContainer } from './known-container.js';
import { lookingContext } from './looking-context.js';

/** Finds a container of any type, and its machine if it is running. @throws NspawnError `no-such-container` */
export async function lookAt(
  name: string,
  options: OperationOptions,
): Promise<{ container: Container; machine: Machine | null }> {
  const known = containerName(name);
  const { layout, signal } = await lookingContext(options, known, 'a look at it');
  const [container, machine] = await Promise.all([
    requireContainer(layout, known),
    findMachine(known, { signal }),
  ]);
  return { container, machine };
}

/** Finds a running container that can be entered. @throws NspawnError as `requireRunning`, and `unregistered` */
export async function requireEnterable(name: string, options: OperationOptions): Promise<void> {
  const { machine } = await requireRunning(name, options);
  if (!machine.isRegistered) throw unregistered(name);
}

/** Finds a running container. @throws NspawnError `no-such-container` or `not-running` */
export async function requireRunning(
  name: string,
  options: OperationOptions,
): Promise<{ container: Container; machine: Machine }> {
  const { container, machine } = await lookAt(name, options);
  if (machine === null) throw notRunning(name);
  return { container, machine };
}
