import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  renameSync,
  type Stats,
  statfsSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { isErrno, isMissing } from '../errors/system-calls.js';

/*
 * Files below an open directory, one name at a time, as with openat(2) and O_NOFOLLOW. A path that is resolved as a
 * whole can be made to lead elsewhere: whoever owns a directory in it can replace that directory by a link meanwhile.
 *
 * Node.js has no openat(2). `/proc/self/fd/N/NAME` is the same: the kernel takes the directory from the descriptor and
 * resolves only NAME (proc(5)).
 */

/** Opens without access to the content, so that no device or pipe does anything. Not in Node.js's constants. */
const O_PATH = 0o10000000;

/** proc, sysfs, cgroup2, devpts and mqueue (statfs(2)). */
const KERNELS: ReadonlySet<number> = new Set([0x9fa0, 0x62656572, 0x63677270, 0x1cd1, 0x19800202]);

/** An open directory. */
export class Anchor {
  private constructor(readonly descriptor: number) {}

  /** Opens a directory by its path, and follows links in it. */
  static open(path: string): Anchor {
    return new Anchor(openSync(path, O_PATH | constants.O_DIRECTORY));
  }

  /** Opens a directory in this one. @throws ENOTDIR or ELOOP for anything else */
  directory(name: string): Anchor {
    return new Anchor(openSync(this.#at(name), O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW));
  }

  again(): Anchor {
    return Anchor.open(`/proc/self/fd/${this.descriptor}`);
  }

  /** Another descriptor of the directory, with access to it. The caller closes it. */
  opened(flags: number): number {
    return openSync(`/proc/self/fd/${this.descriptor}`, flags);
  }

  close(): void {
    closeSync(this.descriptor);
  }

  /** Whether it is on a file system that shows the kernel's state, whose files cannot be copied. */
  get isOfKernel(): boolean {
    return KERNELS.has(statfsSync(`/proc/self/fd/${this.descriptor}`).type);
  }

  get stats(): Stats {
    return fstatSync(this.descriptor);
  }

  names(): string[] {
    return readdirSync(`/proc/self/fd/${this.descriptor}`).sort();
  }

  /** What has this name, without following a link; null if nothing has it. */
  look(name: string): Stats | null {
    try {
      return lstatSync(this.#at(name));
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  linkTarget(name: string): string {
    return readlinkSync(this.#at(name));
  }

  /**
   * Opens a regular file for reading; null if it is something else. Looks at it before it is really opened, because
   * opening a device or a pipe can have effects.
   */
  file(name: string): { descriptor: number; stats: Stats } | null {
    const held = openSync(this.#at(name), O_PATH | constants.O_NOFOLLOW);
    try {
      const stats = fstatSync(held);
      if (!stats.isFile()) return null;
      return { descriptor: openSync(`/proc/self/fd/${held}`, constants.O_RDONLY), stats };
    } finally {
      closeSync(held);
    }
  }

  /** Creates a file that does not exist yet, and opens it for writing. */
  create(name: string): number {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    return this.#asOwner(() => openSync(this.#at(name), flags, 0o600));
  }

  makeDirectory(name: string): void {
    this.#asOwner(() => mkdirSync(this.#at(name), 0o700));
  }

  makeLink(name: string, target: string): void {
    this.#asOwner(() => symlinkSync(target, this.#at(name)));
  }

  chownLink(name: string, uid: number, gid: number): void {
    lchownSync(this.#at(name), uid, gid);
  }

  /** Replaces what has the second name, unless that is a directory. */
  rename(from: string, to: string): void {
    this.#asOwner(() => renameSync(this.#at(from), this.#at(to)));
  }

  remove(name: string): void {
    try {
      unlinkSync(this.#at(name));
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  #at = (name: string): string => {
    if (name === '' || name === '.' || name === '..' || name.includes('/'))
      throw new TypeError(`${JSON.stringify(name)} is not the name of a file in a directory`);
    return `/proc/self/fd/${this.descriptor}/${name}`;
  };

  /**
   * Creates something in this directory. On a file system that belongs to a user namespace, only users of that namespace
   * can: for root of the host, the kernel fails with EOVERFLOW (may_create in fs/namei.c). Then it is created as the
   * directory's owner. `act` is synchronous, so that nothing else of this process runs as that user.
   */
  #asOwner<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      if (!isErrno(error) || error.code !== 'EOVERFLOW' || process.geteuid?.() !== 0) throw error;
    }
    const { uid, gid } = this.stats;
    const group = process.getegid?.() ?? 0;
    process.setegid?.(gid);
    try {
      process.seteuid?.(uid);
      try {
        return act();
      } finally {
        process.seteuid?.(0);
      }
    } finally {
      process.setegid?.(group);
    }
  }
}

/** Sets the owner before the mode, because a change of the owner clears some bits of the mode (chown(2)). */
export function setOwnerAndMode(
  descriptor: number,
  { uid, gid, mode }: { uid: number; gid: number; mode: number },
): void {
  fchownSync(descriptor, uid, gid);
  fchmodSync(descriptor, mode);
}
