import { printable, shellLike } from '../text/printable.js';
import { quote, sentence } from '../text/words.js';
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

/** @param why how the file of the host's defaults for containers cannot be used */
export function defaultsUnreadable(path: string, why: string, cause?: unknown): NspawnError {
  return new NspawnError({
    code: 'no-such-file',
    exitCode: ExitCode.refused,
    message: `The defaults of the host for containers, ${path}, cannot be read: ${why}.`,
    nextSteps: ['Correct the file. If it is deleted, the host has no defaults.'],
    details: { path },
    cause,
  });
}

export function directoryMissing(path: string, why: string, cause?: unknown): NspawnError {
  return new NspawnError({
    code: 'no-such-directory',
    exitCode: ExitCode.refused,
    message: `The directory ${path} does not exist, but ${why}.`,
    nextSteps: ['Restore it, or pass another source: --flake REF, --config FILE or --profile PATH.'],
    details: { path },
    cause,
  });
}

/** Without a working directory, relative paths cannot be resolved. */
export function noWorkingDirectory(isClosed: boolean): NspawnError {
  return new NspawnError({
    code: 'no-such-directory',
    exitCode: ExitCode.refused,
    message: `The working directory ${isClosed ? 'is not accessible to this user' : 'was deleted'}, so relative paths cannot be resolved.`,
    nextSteps: ['Change to another directory, or use an absolute path.'],
  });
}

export function pathInTheWay(path: string): NspawnError {
  return new NspawnError({
    code: 'path-in-the-way',
    exitCode: ExitCode.notOurs,
    message: `${path} already exists, and nixos-nspawn did not create it.`,
    nextSteps: ['Move it away if nothing needs it, then try again.'],
    details: { path },
  });
}

export function imageInTheWay(name: string, path: string): NspawnError {
  return new NspawnError({
    code: 'path-in-the-way',
    exitCode: ExitCode.notOurs,
    message: `${path} already exists, and systemd-nspawn could start it instead of container ${quote(name)}.`,
    nextSteps: [
      `Choose another name for the container, or move ${path} away if nothing needs it. Then try again.`,
    ],
    details: { name, path },
  });
}

export function bindSourceMissing(name: string, source: { path: string; why: string }): NspawnError {
  const { path, why } = source;
  return new NspawnError({
    code: 'bind-source-missing',
    exitCode: ExitCode.hostLacks,
    message: `Container ${quote(name)} mounts the host's ${printable(path)}, which ${why}.`,
    nextSteps: [
      'Create it, or mount the file system that contains it, then try again.',
      "If an empty directory is sufficient, set 'create = true' in its entry of bindMounts. nixos-nspawn then creates it.",
    ],
    details: { name, path },
  });
}

export function stateOutside(path: string, why = 'is not a plain directory'): NspawnError {
  return new NspawnError({
    code: 'state-outside',
    exitCode: ExitCode.refused,
    message: `${path} ${why}, so nothing was deleted.`,
    nextSteps: ['Unmount it, or delete it by hand if you no longer need its data. Then try again.'],
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
    message: `${tree} could not be deleted completely: the kernel returned ${first.code} for ${printable(first.path)}${others}.`,
    nextSteps: [
      ...(needsChattr ? ["Install 'chattr' (package e2fsprogs)."] : []),
      ...(first.code === 'EROFS'
        ? ["'btrfs property set SUBVOLUME ro false' makes a Btrfs subvolume writable."]
        : []),
      `Run '${shellLike(['chattr', '-R', '-ia', tree])}; ${shellLike(['rm', '-rf', '--', tree])}' when nothing uses it any more.`,
    ],
    details: { tree, path: first.path, reason: first.code, count },
  });
}

/** The container no longer has a user namespace, but its files still belong to the users of one. */
export function ownersNotReturned(name: string, path: string, stderr: string): NspawnError {
  const [reason = ''] = stderr.split('\n');
  return new NspawnError({
    code: 'owners-not-returned',
    exitCode: ExitCode.externalCommand,
    message: `The files of ${quote(name)} in ${path} belong to a user namespace that it no longer has, and changing their owners back failed${reason === '' ? '.' : `: ${sentence(printable(reason))}`}`,
    nextSteps: [
      "Fix the problem that systemd-nspawn reports and try again, or set 'userNamespacing = true' in the container's configuration.",
    ],
    details: { name, path, stderr },
  });
}

/**
 * @param source what the container is built from
 * @param why the end of a sentence about the source
 */
export function notEditable(name: string, source: string, why: string): NspawnError {
  return new NspawnError({
    code: 'not-editable',
    exitCode: ExitCode.refused,
    message: `The source of container ${quote(name)} cannot be edited: ${printable(source)} ${why}.`,
    nextSteps: [`Edit it where it is. Then run 'nixos-nspawn update ${name}' with the new source.`],
    details: { name, source },
  });
}
