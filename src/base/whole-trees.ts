import { closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { interrupted } from '../errors/commands.js';
import { syncFileSystems } from './file-systems.js';
import { run } from './process.js';

/*
 * Copies of whole directory trees with everything that is in them. Names are bytes, because a file name need not be
 * valid UTF-8.
 */

interface Options {
  signal: AbortSignal;
}

/**
 * Copies a tree to a path that does not exist, with owners, modes, times, hard links, holes, extended attributes and
 * access lists. Anything that cannot be kept is a failure. Other file systems in the tree are left out.
 */
export async function copyWholeTree(from: string, to: string, { signal }: Options): Promise<void> {
  // With `all` instead of this list, cp ignores attributes that it cannot keep.
  const kept = '--preserve=mode,ownership,timestamps,links,xattr';
  await run(
    [
      'cp',
      '--recursive',
      '--no-dereference',
      '--one-file-system',
      '--sparse=auto',
      kept,
      '--no-target-directory',
      '--',
      from,
      to,
    ],
    { signal },
  );
  await syncFileSystems([to], { signal });
}

/**
 * The first path that differs in two trees, and how; null if there is none. Compares everything that Node.js can read:
 * not extended attributes, for which the copy itself would have failed.
 */
export async function findDifference(
  one: string,
  other: string,
  options: Options,
): Promise<Difference | null> {
  return new Comparison(options.signal).compare(Buffer.from(one), Buffer.from(other));
}

export interface Difference {
  path: string;
  /** What differs, such as `owner`. */
  what: string;
}

function requireUninterrupted(signal: AbortSignal): void {
  if (signal.aborted) throw interrupted(signal.reason);
}

const SLASH = Buffer.from('/');
const CHUNK = 1 << 20;

class Comparison {
  /** The files with several names, by the inode in either tree: the inode in the other one. */
  readonly #links = { one: new Map<bigint, bigint>(), other: new Map<bigint, bigint>() };
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  async compare(one: Buffer, other: Buffer): Promise<Difference | null> {
    const what = this.#difference(one, other);
    if (what !== null) return { path: one.toString(), what };
    if (!lstatSync(one).isDirectory()) return null;
    requireUninterrupted(this.#signal);
    // Lets signals through.
    await setImmediate();
    const names = namesIn(one);
    const others = namesIn(other);
    if (names.length !== others.length) return { path: one.toString(), what: 'number of entries' };
    for (const [index, name] of names.entries()) {
      if (others[index]?.equals(name) !== true) return { path: one.toString(), what: 'entries' };
      const found = await this.compare(within(one, name), within(other, name));
      if (found !== null) return found;
    }
    return null;
  }

  #difference(one: Buffer, other: Buffer): string | null {
    const a = lstatSync(one, { bigint: true });
    const b = lstatSync(other, { bigint: true });
    if (a.mode !== b.mode) return 'type or mode';
    if (a.uid !== b.uid || a.gid !== b.gid) return 'owner';
    if (a.isDirectory()) return null;
    if (a.isSymbolicLink())
      return readlinkSync(one, 'buffer').equals(readlinkSync(other, 'buffer')) ? null : 'target';
    if ((a.isBlockDevice() || a.isCharacterDevice()) && a.rdev !== b.rdev) return 'device';
    // A file system may store times with less precision.
    if (a.mtimeNs / 1_000_000_000n !== b.mtimeNs / 1_000_000_000n) return 'time';
    if (!a.isFile()) return null;
    if (a.size !== b.size) return 'size';
    if (a.nlink > 1n || b.nlink > 1n) {
      const known = this.#links.one.get(a.ino);
      if ((known ?? b.ino) !== b.ino || (this.#links.other.get(b.ino) ?? a.ino) !== a.ino)
        return 'hard links';
      if (known !== undefined) return null;
      this.#links.one.set(a.ino, b.ino);
      this.#links.other.set(b.ino, a.ino);
    }
    return isSameContent(one, other, this.#signal) ? null : 'content';
  }
}

const within = (directory: Buffer, name: Buffer) => Buffer.concat([directory, SLASH, name]);

const namesIn = (directory: Buffer): Buffer[] =>
  readdirSync(directory, { encoding: 'buffer' }).sort(Buffer.compare);

function isSameContent(one: Buffer, other: Buffer, signal: AbortSignal): boolean {
  const [a, b] = [openSync(one, 'r'), openSync(other, 'r')];
  try {
    const [left, right] = [Buffer.alloc(CHUNK), Buffer.alloc(CHUNK)];
    for (;;) {
      requireUninterrupted(signal);
      const read = fill(a, left);
      if (fill(b, right) !== read) return false;
      if (read === 0) return true;
      if (!left.subarray(0, read).equals(right.subarray(0, read))) return false;
    }
  } finally {
    closeSync(a);
    closeSync(b);
  }
}

/** Reads until the buffer is full or the file ends. */
function fill(descriptor: number, buffer: Buffer): number {
  let filled = 0;
  while (filled < buffer.length) {
    const read = readSync(descriptor, buffer, filled, buffer.length - filled, null);
    if (read === 0) break;
    filled += read;
  }
  return filled;
}
