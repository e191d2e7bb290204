import { open, readlink, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isErrno } from '../errors/system-calls.js';

/*
 * Files as a container sees them, addressed through its root directory on the host. Links are resolved within that
 * root, as they are for the container's own processes.
 */

/** The number of links that the kernel follows (path_resolution(7)). */
const LINKS = 40;

/** The path on the host of a container's file; null if there is no such file. */
export async function insideFile(root: string, path: string): Promise<string | null> {
  let rest = path.split('/').filter((part) => part !== '' && part !== '.');
  let place = '/';
  for (let links = 0; rest.length > 0; ) {
    const [part = '', ...others] = rest;
    rest = others;
    if (part === '..') {
      place = dirname(place);
      continue;
    }
    const next = join(place, part);
    const target = await linkTarget(join(root, next));
    if (target === null) {
      place = next;
      continue;
    }
    links += 1;
    if (links > LINKS) return null;
    if (target.startsWith('/')) place = '/';
    rest = [...target.split('/').filter((step) => step !== '' && step !== '.'), ...rest];
  }
  const found = join(root, place);
  return (await statOf(found)) === null ? null : found;
}

/** Why the kernel would not execute the container's file; null if nothing prevents it. */
export async function whyNotExecutable(root: string, path: string): Promise<string | null> {
  const place = await insideFile(root, path);
  const facts = place === null ? null : await statOf(place);
  if (place === null || facts === null) return 'it does not exist';
  if (facts.isDirectory()) return 'it is a directory';
  if ((facts.mode & 0o111) === 0) return 'it is not executable';
  const start = await beginning(place);
  if (start.startsWith('\x7fELF')) return null;
  if (!start.startsWith('#!')) return 'it is neither a program nor a script that names its interpreter';
  const interpreter = start.slice(2).split('\n')[0]?.trim().split(/\s/)[0] ?? '';
  return (await insideFile(root, interpreter)) === null
    ? `its interpreter ${interpreter} does not exist`
    : null;
}

/** The part of a script's first line that the kernel reads (execve(2)). */
async function beginning(place: string): Promise<string> {
  const file = await open(place, 'r');
  try {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(256), position: 0 });
    return buffer.toString('latin1', 0, bytesRead);
  } finally {
    await file.close();
  }
}

const isAbsent = (error: unknown) =>
  isErrno(error) && ['ENOENT', 'ENOTDIR', 'EINVAL', 'ESRCH', 'EACCES'].includes(error.code ?? '');

async function linkTarget(place: string): Promise<string | null> {
  try {
    return await readlink(place);
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

async function statOf(place: string) {
  try {
    return await stat(place);
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}
