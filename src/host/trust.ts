import { lstat, realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isMissing } from '../errors/system-calls.js';

const WRITABLE_BY_OTHERS = 0o022;
const STICKY = 0o1000;

/**
 * Why code at this path must not run as `uid`; null if only that user and root can change it. Checks the file or
 * directory itself and every directory above it, since anyone who can write there can replace it.
 *
 * `trusted` holds paths that the same caller has just checked. They are not checked again, and newly trusted ones are
 * added.
 */
export async function whyUntrusted(
  path: string,
  uid: number,
  trusted: Set<string> = new Set(),
): Promise<string | null> {
  let place: string;
  try {
    place = await realpath(path);
  } catch (error) {
    if (isMissing(error)) return `${path} does not exist`;
    throw error;
  }
  return whyUntrustedPlace(place, uid, trusted);
}

/** The same for a path that contains no links. */
export async function whyUntrustedPlace(
  real: string,
  uid: number,
  trusted: Set<string>,
): Promise<string | null> {
  const seen: string[] = [];
  let place = real;
  for (; !trusted.has(place); place = dirname(place)) {
    const stat = await lstat(place);
    if (stat.uid !== 0 && stat.uid !== uid) return `${place} belongs to user ${stat.uid}`;
    const isShared = stat.isDirectory() && (stat.mode & STICKY) !== 0;
    if ((stat.mode & WRITABLE_BY_OTHERS) !== 0 && !isShared) return `${place} is writable by other users`;
    seen.push(place);
    if (place === dirname(place)) break;
  }
  for (const one of seen) trusted.add(one);
  return null;
}
