import { printable, shellLike } from '../text/printable.js';
import { quote } from '../text/words.js';
import { ExitCode } from './exit-codes.js';
import { NspawnError } from './nspawn-error.js';

export function unreadableFile(path: string, what: string, cause?: unknown): NspawnError {
  return new NspawnError({
    code: 'no-such-file',
    exitCode: ExitCode.refused,
    message: `${what} ${path} cannot be read.`,
    nextSteps: ['Check the path.'],
    details: { path },
    cause,
  });
}

export function directoryMissing(path: string, why: string, cause?: unknown): NspawnError {
  return new NspawnError({
    code: 'no-such-directory',
    exitCode: ExitCode.refused,
    message: `The directory ${path} does not exist, and ${why}.`,
    nextSteps: ['Put it back, or name another source: --flake REF, --config FILE or --profile PATH.'],
    details: { path },
    cause,
  });
}

/** Without a working directory, relative paths cannot be resolved. */
export function noWorkingDirectory(isClosed: boolean): NspawnError {
  return new NspawnError({
    code: 'no-such-directory',
    exitCode: ExitCode.refused,
    message: `The working directory ${isClosed ? 'is closed to this user' : 'was deleted'}, so no relative path can be found.`,
    nextSteps: ['Change to another directory, or give an absolute path.'],
  });
}

export function pathInTheWay(path: string): NspawnError {
  return new NspawnError({
    code: 'path-in-the-way',
    exitCode: ExitCode.notOurs,
    message: `${path} is there already and is not the tool's own.`,
    nextSteps: ['Move it away if nothing needs it, then try again.'],
    details: { path },
  });
}

export function imageInTheWay(name: string, path: string): NspawnError {
  return new NspawnError({
    code: 'path-in-the-way',
    exitCode: ExitCode.notOurs,
    message: `${path} is there already, and systemd-nspawn can take it for the container ${quote(name)}.`,
    nextSteps: ['Choose another name, or move it away if nothing needs it, then try again.'],
    details: { name, path },
  });
}

export function bindSourceMissing(name: string, source: { path: string; why: string }): NspawnError {
  const { path, why } = source;
  return new NspawnError({
    code: 'bind-source-missing',
    exitCode: ExitCode.hostLacks,
    message: `${quote(name)} mounts ${printable(path)} of the host, which ${why}.`,
    nextSteps: [
      'Put it there, or mount the file system that has it, then try again.',
      "For a directory that may be empty, set 'create = true' in that entry of bindMounts.",
    ],
    details: { name, path },
  });
}

export function stateOutside(path: string, why = 'is not a plain directory'): NspawnError {
  return new NspawnError({
    code: 'state-outside',
    exitCode: ExitCode.refused,
    message: `${path} ${why}, so nothing was deleted.`,
    nextSteps: ['Unmount it or delete it by hand if that is what you want, then try again.'],
    details: { path },
  });
}

/** @param first one of the remaining paths, with the kernel's error code */
export function stateNotDeleted(
  tree: string,
  first: { path: string; code: string },
  { count, needsChattr }: { count: number; needsChattr: boolean },
): NspawnError {
  const others = count > 1 ? ` (and ${count - 1} more)` : '';
  return new NspawnError({
    code: 'state-not-deleted',
    exitCode: ExitCode.refused,
    message: `${tree} could not be deleted completely: ${printable(first.path)} stays${others}, for the kernel answered ${first.code}.`,
    nextSteps: [
      ...(needsChattr ? ["Install 'chattr' (package e2fsprogs)."] : []),
      ...(first.code === 'EROFS'
        ? ["A Btrfs subvolume is made writable with 'btrfs property set SUBVOLUME ro false'."]
        : []),
      `Run '${shellLike(['chattr', '-R', '-ia', tree])}; ${shellLike(['rm', '-rf', '--', tree])}' when nothing holds it any more.`,
    ],
    details: { tree, path: first.path, reason: first.code, count },
  });
}

/** The container no longer has a user namespace, but its files still belong to the users of one. */
export function ownersNotReturned(name: string, path: string, stderr: string): NspawnError {
  return new NspawnError({
    code: 'owners-not-returned',
    exitCode: ExitCode.externalCommand,
    message: `The files of ${quote(name)} in ${path} belong to a user namespace that it no longer has, and their owners could not be changed back. ${printable(stderr.split('\n')[0] ?? '')}`,
    nextSteps: [
      "Correct what systemd-nspawn names, and try again; or keep 'userNamespacing = true' in its configuration.",
    ],
    details: { name, path, stderr },
  });
}
