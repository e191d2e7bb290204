import { runOnDescriptor } from './process.js';

/** flock(1)'s exit code where another holds the lock. */
const CONFLICT = 1;

/**
 * Takes an exclusive flock(2) on an open descriptor of this process; false where it is taken.
 *
 * Node has no call for it, so flock(1) gets the descriptor as its own number 3: the lock belongs to the
 * open description, which both share, and stays when flock(1) has ended.
 */
export async function flock(fd: number, waitSeconds: number, signal?: AbortSignal): Promise<boolean> {
  const patience = waitSeconds > 0 ? ['--timeout', String(waitSeconds)] : ['--nonblock'];
  const code = await runOnDescriptor(['flock', '--exclusive', ...patience, '3'], fd, {
    acceptCodes: [0, CONFLICT],
    signal,
  });
  return code === 0;
}
