import { join } from 'node:path';
import { readText } from './files.js';
import type { Layout } from './layout.js';

/** The host's distribution and those that it is like, by their ids (os-release(5)). */
export async function distributionIds(layout: Layout): Promise<string[]> {
  const text = (await readText(join(layout.root, 'etc', 'os-release'))) ?? '';
  const value = (key: string) =>
    new RegExp(`^${key}=["']?([^"'\\n]*)`, 'm').exec(text)?.[1]?.trim().split(/\s+/) ?? [];
  return [...value('ID'), ...value('ID_LIKE')].filter((id) => id !== '');
}
