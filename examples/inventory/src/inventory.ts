import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Entry {
  container: string;
  owner: string;
  contact: string | null;
}

const directoryBelow = (root: string) => join(root, 'var/lib/nixos-nspawn-inventory');
const fileOf = (root: string, container: string) => join(directoryBelow(root), `${container}.json`);

export async function putEntry(root: string, entry: Entry): Promise<void> {
  await mkdir(directoryBelow(root), { recursive: true });
  await writeFile(fileOf(root, entry.container), JSON.stringify(entry));
}

export async function dropEntry(root: string, container: string): Promise<void> {
  await rm(fileOf(root, container), { force: true });
}

export async function entries(root: string): Promise<Entry[]> {
  const names = await readdir(directoryBelow(root)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return Promise.all(
    names.sort().map(async (name) => JSON.parse(await readFile(join(directoryBelow(root), name), 'utf8'))),
  );
}
