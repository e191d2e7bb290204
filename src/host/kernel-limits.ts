import { join } from 'node:path';
import { readText } from './files.js';

/** The kernel's limits that a host with many containers meets first (sysctl names). */
export const kernelLimits = [
  'fs.inotify.max_user_instances',
  'kernel.keys.maxkeys',
  'kernel.pid_max',
] as const;

export type KernelLimit = (typeof kernelLimits)[number];

/** What the kernel says of each; one that it does not have is missing. */
export async function readKernelLimits(): Promise<Map<KernelLimit, number>> {
  const limits = new Map<KernelLimit, number>();
  for (const name of kernelLimits) {
    const text = await readText(join('/proc/sys', ...name.split('.')));
    if (text !== null && /^\d+\s*$/.test(text)) limits.set(name, Number(text));
  }
  return limits;
}
