import { openLogin, openShell } from '../systemd/machinectl.js';
import type { OperationOptions } from './context.js';
import { requireRunning } from './reachable.js';
import { requireRoot } from './require-root.js';

/**
 * A login shell of the user's (default root) on this process's terminal, without asking for a password. Signals that this
 * process gets go to machinectl until it ends.
 *
 * @returns machinectl's exit code; the shell's own is not passed on
 * @throws NspawnError `no-such-container`, `not-running`
 */
export async function attachShell(
  request: { name: string; user?: string | undefined },
  options: OperationOptions = {},
): Promise<number> {
  requireRoot(`A shell in container '${request.name}'`);
  await requireRunning(request.name, options);
  return openShell(request.name, request.user ?? 'root');
}

/** The container's own login prompt, on this process's terminal; else as `attachShell`. */
export async function attachLogin(
  request: { name: string },
  options: OperationOptions = {},
): Promise<number> {
  requireRoot(`The login prompt of container '${request.name}'`);
  await requireRunning(request.name, options);
  return openLogin(request.name);
}
