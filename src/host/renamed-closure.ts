import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { readText } from '../base/files.js';
import { renamedData, renamedFile, renamedText } from '../container/renamed.js';
import type { Tree } from '../container/tree.js';

/**
 * The closure of a container under another name: the same system, with files for the host that name the container
 * anew. Nothing is evaluated or built. The name inside, such as the host name, stays until the next update.
 */
export async function renamedClosure(closure: string, from: string, to: string): Promise<Tree> {
  const entries: Record<string, Tree> = {};
  for (const name of await readdir(closure)) {
    const path = join(closure, name);
    if (name === 'nixos-nspawn') entries[name] = await renamedFiles(path, from, to);
    else entries[name] = { kind: 'link', target: await targetOf(path) };
  }
  return { kind: 'directory', entries };
}

async function renamedFiles(directory: string, from: string, to: string): Promise<Tree> {
  const entries: Record<string, Tree> = {};
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    const text = (await readText(path)) ?? '';
    const changed = name === 'data.json' ? renamedData(text, from, to) : renamedText(text, from, to);
    entries[renamedFile(name, from, to)] =
      changed === text ? { kind: 'link', target: await targetOf(path) } : { kind: 'file', content: changed };
  }
  return { kind: 'directory', entries };
}

/** The target of a link, so that renaming again and again does not make a chain. Otherwise the path itself. */
async function targetOf(path: string): Promise<string> {
  return (await lstat(path)).isSymbolicLink() ? readlink(path) : path;
}
