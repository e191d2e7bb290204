import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileState, readText } from '../../../base/files.js';
import { isErrno } from '../../../errors/system-calls.js';
import { linkedNetworks } from '../../../host/host-file-changes.js';
import { check, error } from '../../check.js';
import { eachContainer } from '../../facts/containers.js';
import { containerProblem } from '../../finding.js';

/** The user and group that networkd runs as. */
const NETWORKD = 'systemd-network';

/** The container's .network files, or directories above them, that networkd cannot read. */
const containers = eachContainer(async ({ container: { places } }, { layout }) => {
  const links = await linkedNetworks(layout, places);
  const closed = await Promise.all(links.map((link) => closedTo(link, NETWORKD)));
  return [...new Set(closed.flat())];
});

export const networkUnreadable = check({
  findings: {
    'network-unreadable': error(
      "networkd then uses its defaults instead of the container's addresses, masquerading and presets.",
    ),
  },
  look: { containers },
  judge: ({ containers }) =>
    containers.flatMap(({ container: { name }, seen: paths }) =>
      paths.map((path) =>
        containerProblem(
          'network-unreadable',
          name,
          `networkd cannot read ${path}, which it needs for ${name}.`,
          {
            commands: [
              ['chmod', 'a+rX', path],
              ['networkctl', 'reload'],
            ],
            safe: true,
          },
        ),
      ),
    ),
});

/** What prevents a user from reading a file: the file itself, or directories that lead to it. Links are followed. */
async function closedTo(path: string, user: string): Promise<string[]> {
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
      // A path that does not exist, or that the caller cannot read either, is reported by other checks.
      if (!isErrno(error)) throw error;
    }
  }
  return closed;
}

/** The paths from the root to the file, which is the last one. Stops at a dangling link, and at a loop of links. */
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

/** From passwd(5). networkd's user is a system user, so it is in this file. */
async function idsOf(user: string): Promise<{ uid: number; gid: number }> {
  const line = ((await readText('/etc/passwd')) ?? '')
    .split('\n')
    .find((text) => text.startsWith(`${user}:`));
  const [, , uid = '-1', gid = '-1'] = line?.split(':') ?? [];
  return { uid: Number(uid), gid: Number(gid) };
}
