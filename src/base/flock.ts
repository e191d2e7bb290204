import { runOnDescriptor } from './process.js';

/** The exit code of flock(1) if another process holds the lock. */
const CONFLICT = 1;

/**
 * Takes an exclusive flock(2) on an open descriptor of this process. Returns false if another process holds the lock.
 *
 * Node.js has no call for it, so flock(1) does it, and inherits the descriptor as its descriptor 3. The lock belongs to
 * the open file description, which both processes share, so it survives the end of flock(1).
 */
export async function flock(fd: number, waitSeconds: number, signal?: AbortSignal): Promise<boolean> {
  const patience = waitSeconds > 0 ? ['--timeout', String(waitSeconds)] : ['--nonblock'];
  const code = await runOnDescriptor(['flock', '--exclusive', ...patience, '3'], fd, {
    acceptCodes: [0, CONFLICT],
    signal,
  });
  return code === 0;
}
