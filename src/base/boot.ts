import { readFile } from 'node:fs/promises';

/** The id of this boot, which the kernel chooses (random(4)). */
export async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}
