import { openLogin, openShell } from '../systemd/machinectl.js';
import type { OperationOptions } from './context.js';
import { requireRunning } from './reachable.js';

/** A login shell of the user's (default root) on the caller's terminal, without asking for a password. */
export async function openShellIn(
  request: { name: string; user?: string | undefined },
  options: OperationOptions = {},
): Promise<number> {
  await requireRunning(request.name, options);
  return openShell(request.name, request.user ?? 'root');
}

/** The container's own login prompt on the caller's terminal. */
export async function openLoginIn(
  request: { name: string },
  options: OperationOptions = {},
): Promise<number> {
  await requireRunning(request.name, options);
  return openLogin(request.name);
}
