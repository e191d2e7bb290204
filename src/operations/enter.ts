import { openLogin, openShell } from '../systemd/machinectl.js';
import type { OperationOptions } from './context.js';
import { withKnownErrors } from './known-errors.js';
import { requireEnterable } from './reachable.js';
import { requireRoot } from './require-root.js';

/**
 * Opens a shell of a user (default root) on this process's terminal, as a login shell and without a password. Signals
 * that this process receives are forwarded to machinectl until it ends.
 *
 * @returns machinectl's exit code; the shell's own is not passed on
 * @throws NspawnError `no-such-container`, `not-running`, `unregistered`
 */
export async function attachShell(
  request: { name: string; user?: string | undefined },
  options: OperationOptions = {},
): Promise<number> {
  return await withKnownErrors(async () => {
    requireRoot(`Opening a shell in container '${request.name}'`);
    await requireEnterable(request.name, options);
    return openShell(request.name, request.user ?? 'root');
  });
}

/** Opens the container's own login prompt on this process's terminal; otherwise like `attachShell`. */
export async function attachLogin(
  request: { name: string },
  options: OperationOptions = {},
): Promise<number> {
  return await withKnownErrors(async () => {
    requireRoot(`Opening the login prompt of container '${request.name}'`);
    await requireEnterable(request.name, options);
    return openLogin(request.name);
  });
}
