import { chmod, lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isPresent, makeDirectory, putText } from '../../base/files.js';
import { createdSources } from '../../container/settings.js';
import { badSettings } from '../../errors/nix.js';
import { isErrno, isMissing } from '../../errors/system-calls.js';
import { missingSources } from '../../host/bind-sources.js';
import type { Closure } from '../../host/closure.js';
import type { Act } from '../../pipeline/steps.js';
import type { Transaction } from '../../pipeline/transaction.js';
import { unmountedAbove } from '../../systemd/mount-units.js';
import { printable } from '../../text/printable.js';
import type { Guarded, Scene } from '../operation.js';

/**
 * The errors of mkdir(2) if the path itself is at fault: part of it is a file, it is too long, or its links form a
 * loop.
 */
const NO_PLACE: readonly string[] = ['ENOTDIR', 'EEXIST', 'ENAMETOOLONG', 'ELOOP'];

/**
 * Creates what the container's first start needs: its root with `usr` and `etc/os-release`, and the directories that it
 * mounts with `create`.
 */
export const stateAct: Act<Scene & Guarded & { closure: Closure }> = {
  id: 'prepare-state',
  title: 'Prepare state directories',
  run: async ({ places, transaction, closure }) => {
    await makeRoot(places.stateDir, transaction);
    await makeBindSources(closure, transaction);
  },
};

/**
 * systemd-nspawn(1) accepts a directory as the root of an operating system only if it has `/usr` and an os-release
 * file. Anything that already exists (state that outlived its container) is left unchanged.
 */
async function makeRoot(root: string, transaction: Transaction): Promise<void> {
  if (!(await isPresent(root))) {
    await transaction.willUndo({ do: 'remove-tree', path: root });
    await makeDirectory(root);
    await chmod(root, 0o755);
  }
  for (const inner of ['usr', 'etc']) await makeDirectories(join(root, inner), transaction);
  await makeNixDirectories(root, transaction);
  const release = join(root, 'etc', 'os-release');
  if (!(await isPresent(release))) {
    await transaction.willUndo({ do: 'put-file', path: release, state: { kind: 'absent' } });
    await putText(release, '');
  }
}

/**
 * systemd-nspawn creates the mount point of an overlay, but not its parent directories (mount_overlay in
 * src/nspawn/nspawn-mount.c). A link that the container put there is left alone: it could lead anywhere on the host.
 */
async function makeNixDirectories(root: string, transaction: Transaction): Promise<void> {
  for (const inner of ['nix', 'nix/var', 'nix/var/nix']) {
    const path = join(root, inner);
    if ((await fileKind(path)) === 'other') return;
    await makeDirectories(path, transaction);
  }
}

async function fileKind(path: string): Promise<'absent' | 'directory' | 'other'> {
  try {
    return (await lstat(path)).isDirectory() ? 'directory' : 'other';
  } catch (error) {
    if (isMissing(error)) return 'absent';
    throw error;
  }
}

/**
 * The service creates them before each start. They are also created here, so that a failed change can remove them
 * again.
 */
async function makeBindSources({ path, settings }: Closure, transaction: Transaction): Promise<void> {
  for (const { path: source, place } of await missingSources(createdSources(settings))) {
    // systemd first mounts what is missing above this path, and creates the directory on that mount.
    if ((await unmountedAbove(place)) !== null) continue;
    try {
      await makeDirectories(source, transaction, path);
    } catch (error) {
      if (!isErrno(error) || !NO_PLACE.includes(error.code ?? '')) throw error;
      throw badSettings(
        join(path, 'nixos-nspawn', 'data.json'),
        [`bindMounts: cannot create a directory at ${printable(source)} (${error.code})`],
        error,
      );
    }
  }
}

/** Like `mkdir -p`, but records each directory, so that exactly those that were created can be removed again. */
async function makeDirectories(path: string, transaction: Transaction, closure?: string): Promise<void> {
  const missing: string[] = [];
  for (let place = path; !(await isPresent(place)); place = dirname(place)) missing.push(place);
  for (const place of missing.reverse()) {
    await transaction.willUndo({ do: 'remove-directory', path: place, ...(closure && { closure }) });
    await makeDirectory(place);
    await chmod(place, 0o755);
  }
}
