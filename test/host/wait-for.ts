import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Repeats `probe` until it returns something truthy, and returns that. A probe that throws counts as "not yet". After
 * the timeout, its last error is reported.
 */
export async function waitFor<T>(
  what: string,
  probe: () => Promise<T>,
  { timeout = 60_000, interval = 100 }: { timeout?: number; interval?: number } = {},
): Promise<NonNullable<T>> {
  const deadline = Date.now() + timeout;
  let last: unknown;
  do {
    try {
      const answer = await probe();
      if (answer) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    await sleep(interval);
  } while (Date.now() < deadline);
  throw new Error(`waited ${timeout} ms in vain for ${what}`, { cause: last });
}
