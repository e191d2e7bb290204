import { join } from 'node:path';
import { isPresent, readText } from '../../base/files.js';
import { fact } from '../look.js';

/** Whether the caller can see and change everything. */
export const isRoot = fact(() => process.geteuid?.() === 0);

export const isNixOS = fact(({ layout }) => isPresent(join(layout.root, 'etc', 'NIXOS')));

/** Whether PID 1 is systemd. */
export const isBooted = fact(() => isPresent('/run/systemd/system'));

/** The ids of the distribution and of those that it is based on, its own first: `ubuntu`, `debian` (os-release(5)). */
export const distribution = fact(async ({ layout }): Promise<readonly string[]> => {
  const text = (await readText(join(layout.root, 'etc', 'os-release'))) ?? '';
  const value = (key: string) =>
    new RegExp(`^${key}=["']?([^"'\\n]*)`, 'm').exec(text)?.[1]?.trim().split(/\s+/) ?? [];
  return [...value('ID'), ...value('ID_LIKE')].filter((id) => id !== '');
});
