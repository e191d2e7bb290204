import { readFile } from 'node:fs/promises';
import { readText } from '../base/files.js';

/** All mount points, as this process sees them. */
export async function mountPoints(): Promise<string[]> {
  return (await readFile('/proc/self/mountinfo', 'utf8'))
    .split('\n')
    .map((line) => unescapeMount(line.split(' ')[4] ?? ''));
}

/** The mount point in fstab(5) at or above a path that is not mounted; null if there is none. */
export async function unmountedInFstab(path: string): Promise<string | null> {
  const lines = ((await readText('/etc/fstab')) ?? '').split('\n').filter((line) => !/^\s*#/.test(line));
  const wanted = lines
    .map((line) => unescapeMount(line.trim().split(/\s+/)[1] ?? ''))
    .filter(
      (place) =>
        place.startsWith('/') && place !== '/' && `${path}/`.startsWith(`${place.replace(/\/+$/, '')}/`),
    );
  if (wanted.length === 0) return null;
  const mounted = new Set(await mountPoints());
  return wanted.find((place) => !mounted.has(place)) ?? null;
}

/** proc(5) and fstab(5) write space, tab, newline and backslash as octal escapes. */
const unescapeMount = (text: string) =>
  text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
