import { join } from 'node:path';
import { readText } from './files.js';
import type { Layout } from './layout.js';

/** What systemd-nspawn takes user ids of containers from (systemd.io/UIDS-GIDS, "Container UID Ranges"). */
export const CONTAINER_IDS = { from: 524_288, to: 1_879_048_191 } as const;

/** Users of the host whose ids a container might get. */
export async function usersInContainerRange(layout: Layout): Promise<{ name: string; uid: number }[]> {
  const passwd = (await readText(join(layout.root, 'etc', 'passwd'))) ?? '';
  return passwd.split('\n').flatMap((line) => {
    const [name, , id] = line.split(':');
    const uid = Number(id);
    const isInRange = uid >= CONTAINER_IDS.from && uid <= CONTAINER_IDS.to;
    return name !== undefined && isInRange ? [{ name, uid }] : [];
  });
}

/** How many user namespaces the kernel allows; a kernel without them has no such file. */
export async function allowedUserNamespaces(): Promise<number> {
  return Number((await readText('/proc/sys/user/max_user_namespaces')) ?? 0);
}
