import { setTimeout as delay } from 'node:timers/promises';
import { interrupted } from '../errors/commands.js';

/** Waits for a number of milliseconds. @throws NspawnError `interrupted` as soon as the signal aborts */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  try {
    await delay(milliseconds, undefined, { signal });
  } catch {
    // A delay fails only if its signal aborts.
    throw interrupted(signal?.reason);
  }
}
