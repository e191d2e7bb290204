/** Why this path cannot exist on any host, by errno(3); null if the error has another reason. */
export function whyNoPath(code: string | undefined): string | null {
  switch (code) {
    case 'ENAMETOOLONG':
      return 'it is longer than 4096 bytes, or a part of it is longer than 255 bytes';
    case 'ELOOP':
      return 'its symbolic links form a loop';
    default:
      return null;
  }
}

/** Shortens a path for use in a sentence; it may be thousands of characters long. */
export const shortened = (path: string) => (path.length > 80 ? `${path.slice(0, 77)}...` : path);

/** What each system call attempts to do, as a verb. */
const ATTEMPTS: Readonly<Record<string, string>> = {
  open: 'open',
  read: 'read',
  readlink: 'read',
  scandir: 'read',
  write: 'write',
  fsync: 'write',
  fdatasync: 'write',
  mkdir: 'create',
  symlink: 'create',
  unlink: 'remove',
  rm: 'remove',
  rmdir: 'remove',
  rename: 'rename',
  chmod: 'change the mode of',
  fchmod: 'change the mode of',
};

/**
 * Formats an error like `Cannot write /run/x: no space left on device (ENOSPC).` Node.js puts the words after the code.
 */
export function refusal({ code = '', message, syscall = '', path }: NodeJS.ErrnoException): string {
  const words = /^[A-Z0-9]+: ([^,]+),/.exec(message)?.[1] ?? 'the system refused it';
  return `Cannot ${ATTEMPTS[syscall] ?? 'use'} ${path ? shortened(path) : 'a file'}: ${words} (${code}).`;
}

/** Awaits an access to the file at `path`. Adds the path to a failure, because Node.js omits it for open files. */
export async function naming<T>(path: string, access: Promise<T>): Promise<T> {
  try {
    return await access;
  } catch (error) {
    if (isErrno(error)) error.path ??= path;
    throw error;
  }
}

/** What to do about a system call that failed with this errno(3). */
export function afterRefusal(code: string | undefined): string {
  switch (code) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return 'Run the command as root, and check that the file or directory is writable.';
    case 'ENOSPC':
    case 'EDQUOT':
      return 'Free some space there, then run the command again.';
    default:
      return "Check the file, then run the command again. 'man 3 errno' explains the code.";
  }
}

/** An error of a system call. The published types must not refer to Node.js's own types. */
export interface Errno extends Error {
  code?: string;
  path?: string;
  syscall?: string;
}

export function isErrno(error: unknown): error is Errno {
  return error instanceof Error && typeof (error as Errno).code === 'string' && 'syscall' in error;
}

/** True if this user was denied something that root may do. */
export const isClosedToUser = (error: unknown) =>
  isErrno(error) && (error.code === 'EACCES' || error.code === 'EPERM') && process.geteuid?.() !== 0;

/** True if a path is simply absent. The caller has to report any other failure. */
export function isMissing(error: unknown): boolean {
  return isErrno(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
