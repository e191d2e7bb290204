import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { clearAttributes } from '../base/attributes.js';
import { type RunOptions, run } from '../base/process.js';
import { parseUnitFile, unitValues } from '../container/unit-file.js';
import { CONTAINER_IDS } from '../container/user-ids.js';
import { ownersNotReturned } from '../errors/places.js';
import { isErrno, isMissing } from '../errors/system-calls.js';

/** Where systemd-nspawn looks for settings, in this order (systemd.nspawn(5)). */
const SETTINGS = ['/etc/systemd/nspawn', '/run/systemd/nspawn'];
const MACHINES = '/var/lib/machines';

/** The owner of a tree while systemd-nspawn changes the owners in it (src/nspawn/nspawn-patch-uid.c, UID_BUSY_BASE). */
const BUSY = 0xfffe0000;

/**
 * Whether the container's files belong to a user namespace but its next start uses none. On a file system that cannot
 * map ids, systemd-nspawn changes the owners of all files when a container gets a user namespace. It does not change
 * them back when the container no longer has one.
 */
export async function hasForeignOwners(name: string): Promise<boolean> {
  const owner = await ownerOf(join(MACHINES, name));
  if (owner === null || !isOfUserNamespace(owner)) return false;
  return hasUserNamespace(name, false);
}

/**
 * Lets systemd-nspawn change the owners of all files of a container that gets a user namespace. NixOS makes /var/empty
 * immutable, and systemd-nspawn silently skips immutable files.
 */
export async function releaseOwners(name: string): Promise<void> {
  if ((await ownerOf(join(MACHINES, name, 'var/empty'))) !== 0) return;
  if (await hasUserNamespace(name, true)) await clearAttributes(join(MACHINES, name, 'var/empty'));
}

/** Whether a user id is the root of a user namespace that systemd-nspawn chose. */
const isOfUserNamespace = (uid: number) =>
  uid === BUSY || (uid >= CONTAINER_IDS.from && uid <= CONTAINER_IDS.to && uid % 65536 === 0);

/** Whether a .nspawn file disables the user namespace (`PrivateUsers=`). The service's template enables it. */
function isWithoutUserNamespace(settings: string): boolean {
  const [value = ''] = unitValues(parseUnitFile(settings), 'Exec', 'PrivateUsers').slice(-1);
  return /^(0|n|no|f|false|off)$/i.test(value);
}

/**
 * Gives the files of a stopped container to the host's users with the same numbers; for example, its `/etc/passwd` to
 * root.
 *
 * systemd-nspawn does that before it starts a program, and handles modes, access lists and mounts
 * (`--private-users-ownership=chown`). The program given here does not exist, so nothing runs, and the owner afterwards
 * shows whether it worked.
 *
 * @throws NspawnError `owners-not-returned`
 */
export async function returnOwners(name: string, options: Pick<RunOptions, 'signal'> = {}): Promise<void> {
  const directory = join(MACHINES, name);
  await clearAttributes(directory);
  const { stderr } = await run(
    [
      'systemd-nspawn',
      '--quiet',
      '--settings=no',
      '--register=no',
      '--keep-unit',
      `--machine=${name}`,
      `--directory=${directory}`,
      '--private-users=0',
      '--private-users-ownership=chown',
      '--link-journal=no',
      '--resolv-conf=off',
      '--timezone=off',
      '--console=pipe',
      '/nixos-nspawn/no-such-program',
    ],
    { ...options, acceptCodes: [1] },
  );
  const owner = await ownerOf(directory);
  if (owner !== 0) throw ownersNotReturned(name, directory, stderr);
}

/** The same if the files belong to a user namespace, whatever the container's settings are. */
export async function returnForeignOwners(name: string): Promise<void> {
  const owner = await ownerOf(join(MACHINES, name));
  if (owner !== null && isOfUserNamespace(owner)) await returnOwners(name);
}

async function ownerOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).uid;
  } catch (error) {
    // Only root may look into /var/lib/machines.
    if (isMissing(error) || (isErrno(error) && error.code === 'EACCES')) return null;
    throw error;
  }
}

/** Whether the container has settings that enable the user namespace (`expected` is true) or disable it (false). */
async function hasUserNamespace(name: string, expected: boolean): Promise<boolean> {
  const settings = await settingsOf(name);
  return settings !== null && isWithoutUserNamespace(settings) !== expected;
}

async function settingsOf(name: string): Promise<string | null> {
  for (const directory of SETTINGS) {
    try {
      return await readFile(join(directory, `${name}.nspawn`), 'utf8');
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
  return null;
}
