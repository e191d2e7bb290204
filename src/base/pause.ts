import { setTimeout as delay } from 'node:timers/promises';
import { interrupted } from '../errors/commands.js';

/** Waits so many milliseconds; @throws NspawnError `interrupted` as soon as the signal aborts. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  try {
    await delay(milliseconds, undefined, { signal });
  } catch {
    // The one way for a delay to fail.
    throw interrupted(signal?.reason);
  }
}
