import { dirname, join } from 'node:path';
import { fileKind, isPresent, makeDirectories, makeDirectory, putText } from '../../base/files.js';
import { createdSources } from '../../container/settings.js';
import { badSettings } from '../../errors/nix.js';
import { isErrno } from '../../errors/system-calls.js';
import { missingSources } from '../../host/bind-sources.js';
import type { Closure } from '../../host/closure.js';
import type { Act } from '../../pipeline/steps.js';
import type { Transaction } from '../../pipeline/transaction.js';
import type { Undo } from '../../pipeline/undo.js';
import { unmountedAbove } from '../../systemd/mount-units.js';
import { printable } from '../../text/printable.js';
import type { Guarded, Scene } from '../operation.js';
import { forgetJournalLinks } from './links.js';

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
  run: async ({ context, places, transaction, closure }) => {
    await makeRoot(places.stateDir, { transaction, alsoUndo: [forgetJournalLinks(context.layout, places)] });
    await makeBindSources(closure, transaction);
  },
};

/**
 * The same after the former root was moved aside. To undo it, the former root is moved back, which replaces the new one.
 * Records of what is inside would also apply to the former root, if the undo is repeated.
 */
export const freshStateAct: Act<Scene & Guarded & { closure: Closure }> = {
  ...stateAct,
  run: async ({ places, transaction, closure }) => {
    await makeRoot(places.stateDir, null);
    await makeBindSources(closure, transaction);
  },
};

/**
 * systemd-nspawn(1) accepts a directory as the root of an operating system only if it has `/usr` and an os-release
 * file. Anything that already exists (state that outlived its container) is left unchanged.
 */
async function makeRoot(
  root: string,
  recorded: {
    transaction: Transaction;
    /** What else to undo after a new root is deleted. */
    alsoUndo: readonly Undo[];
  } | null,
): Promise<void> {
  const isNew = !(await isPresent(root));
  const missing = isNew ? [root, ...withinRoot(root, ROOT_DIRECTORIES)] : await missingWithin(root);
  const release = join(root, 'etc', 'os-release');
  const hasRelease = await isPresent(release);
  await recorded?.transaction.willUndo(
    ...(isNew ? recorded.alsoUndo : []),
    ...missing.map((path): Undo => ({ do: path === root ? 'remove-tree' : 'remove-directory', path })),
    ...(hasRelease ? [] : [{ do: 'put-file', path: release, state: { kind: 'absent' } } as const]),
  );
  if (isNew) await makeDirectory(dirname(root));
  await makeDirectories(missing);
  if (!hasRelease) await putText(release, '');
}

/** What systemd-nspawn requires of a root. */
const OS_DIRECTORIES = ['usr', 'etc'];
/**
 * systemd-nspawn creates the mount point of an overlay, but not its parent directories (mount_overlay in
 * src/nspawn/nspawn-mount.c).
 */
const NIX_DIRECTORIES = ['nix', 'nix/var', 'nix/var/nix'];
const ROOT_DIRECTORIES = [...OS_DIRECTORIES, ...NIX_DIRECTORIES];

const withinRoot = (root: string, directories: readonly string[]) =>
  directories.map((directory) => join(root, directory));

async function missingWithin(root: string): Promise<string[]> {
  const missing: string[] = [];
  for (const path of withinRoot(root, OS_DIRECTORIES)) if (!(await isPresent(path))) missing.push(path);
  for (const path of withinRoot(root, NIX_DIRECTORIES)) {
    const kind = await fileKind(path);
    // A link that the container put there is left alone: it could lead anywhere on the host.
    if (kind !== 'absent' && kind !== 'directory') break;
    if (kind === 'absent') missing.push(path);
  }
  return missing;
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
      await makeMissing(source, transaction, path);
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
async function makeMissing(path: string, transaction: Transaction, closure: string): Promise<void> {
  const missing: string[] = [];
  for (let place = path; !(await isPresent(place)); place = dirname(place)) missing.unshift(place);
  await transaction.willUndo(
    ...missing.map((place) => ({ do: 'remove-directory', path: place, closure }) as const),
  );
  // Other containers may create the same directories at this moment.
  for (const place of missing) await makeDirectory(place);
}
