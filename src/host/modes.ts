import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isErrno } from '../errors.js';
import { fileState, readText } from './files.js';

/** What keeps a user from reading a file: the file itself, or directories on the way to it, links followed. */
export async function closedTo(path: string, user: string): Promise<string[]> {
  const ids = await idsOf(user);
  const places = await placesOnTheWay(path);
  const closed: string[] = [];
  for (const place of places) {
    try {
      const { mode, uid, gid } = await stat(place);
      const shift = uid === ids.uid ? 6 : gid === ids.gid ? 3 : 0;
      const wanted = place === places.at(-1) ? 0o4 : 0o1;
      if (((mode >> shift) & wanted) === 0) closed.push(place);
    } catch (error) {
      // What is not there or closed to the caller too is another finding.
      if (!isErrno(error)) throw error;
    }
  }
  return closed;
}

/** From the root on; the last is the file. Stops where a link leads nowhere, or in a circle. */
async function placesOnTheWay(path: string): Promise<string[]> {
  const places = new Set<string>();
  const visit = async (place: string): Promise<void> => {
    if (places.has(place) || place === '/') return;
    await visit(dirname(place));
    const state = await fileStateSeen(place);
    if (state?.kind === 'link' && state.target.startsWith('/')) await visit(state.target);
    else places.add(place);
  };
  await visit(path);
  return [...places];
}

async function fileStateSeen(path: string) {
  try {
    return await fileState(path);
  } catch (error) {
    if (isErrno(error)) return null;
    throw error;
  }
}

/** Of passwd(5); networkd's user is a system user, which is in the file. */
async function idsOf(user: string): Promise<{ uid: number; gid: number }> {
  const line = ((await readText('/etc/passwd')) ?? '')
    .split('\n')
    .find((text) => text.startsWith(`${user}:`));
  const [, , uid = '-1', gid = '-1'] = line?.split(':') ?? [];
  return { uid: Number(uid), gid: Number(gid) };
}
