import { access, constants } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hostLacks } from '../error-catalog.js';
import { isErrno, isMissing } from '../errors.js';
import { systemdVersion } from '../systemd/systemctl.js';
import type { Layout } from './layout.js';

/** The oldest systemd whose nspawn, networkd and machinectl do all that is used here. */
export const OLDEST_SYSTEMD = 256;

/**
 * What any change needs: to be root, a systemd that is new enough, and places that can be written.
 *
 * @throws NspawnError `host-lacks` (exit 7), before anything is touched.
 */
export async function requireHost(layout: Layout, signal: AbortSignal): Promise<void> {
  if (process.geteuid?.() !== 0)
    throw hostLacks('the rights for this: it needs root', ['Run the same command with sudo.']);
  const [version] = await Promise.all([
    systemdVersion({ signal }),
    ...[layout.unitDir, layout.networkDir, layout.machinesDir, layout.profilesDir, layout.stateDir].map(
      requireWritable,
    ),
  ]);
  if (version < OLDEST_SYSTEMD) {
    throw hostLacks(`systemd ${OLDEST_SYSTEMD} or newer: it runs ${version || 'an unknown version'}`, [
      'Upgrade systemd, or the distribution (Debian 13, Fedora 41 and NixOS 24.11 have one that is new enough).',
    ]);
  }
}

/** The directory, or where it does not exist its nearest parent, can be written. */
async function requireWritable(path: string): Promise<void> {
  try {
    await access(path, constants.W_OK);
  } catch (error) {
    if (isMissing(error) && dirname(path) !== path) return requireWritable(dirname(path));
    if (!isErrno(error)) throw error;
    throw hostLacks(`a writable ${path} (${error.code})`, [
      'Make it writable and persistent; see the installation page of the manual.',
    ]);
  }
}
