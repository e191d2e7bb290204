import { closeSync, constants, createReadStream, createWriteStream, futimesSync, type Stats } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { type Anchor, setOwnerAndMode } from './anchored.js';
import { uniqueSuffix } from './writer.js';

/** What decides the owner, the mode and the time of a copy. */
export interface CopyRules {
  /** The owner of what is created. `former` is what it replaces, if that is a file. */
  readonly ownerOf: (source: Stats | null, former: Stats | null) => { uid: number; gid: number };
  readonly modeOf: (source: Stats | null, former: Stats | null) => number;
  /** Whether the time of the last change is copied. */
  readonly keepsTime: boolean;
  /** The directories that are being copied to. */
  readonly targets: readonly Stats[];
  readonly signal: AbortSignal;
  /** Called for what cannot be copied, such as a socket. */
  readonly skipped: (path: string) => void;
}

export interface CopyCount {
  files: number;
  directories: number;
  links: number;
  bytes: number;
}

/** A file or directory in an open directory. */
export interface Spot {
  directory: Anchor;
  name: string;
}

/**
 * Copies a tree. Links in it are copied as links, and existing directories are merged. A file is complete before it gets
 * its name, so an interrupted copy never leaves a part of one.
 *
 * @throws Error of Node.js, among others `EISDIR` and `ENOTDIR` if a directory and something else meet
 */
export async function copyTree(
  from: Spot,
  to: Spot,
  path: string,
  rules: CopyRules,
  count: CopyCount,
): Promise<void> {
  rules.signal.throwIfAborted();
  const stats = from.directory.look(from.name);
  if (stats?.isDirectory()) return copyDirectory(from, to, path, rules, count);
  if (stats?.isSymbolicLink()) return copyLink(from, to, stats, rules, count);
  const source = stats?.isFile() ? from.directory.file(from.name) : null;
  if (source === null) return rules.skipped(path);
  try {
    const stream = createReadStream('', { fd: source.descriptor, autoClose: false });
    await writeFile(stream, to, source.stats, rules, count);
  } finally {
    closeSync(source.descriptor);
  }
}

/** Copies what is in a directory into another one, which exists. */
export async function copyEntries(
  from: Anchor,
  to: Anchor,
  path: string,
  rules: CopyRules,
  count: CopyCount,
): Promise<void> {
  for (const name of from.names())
    await copyTree({ directory: from, name }, { directory: to, name }, `${path}/${name}`, rules, count);
}

/** Writes a stream to a file, which gets its name when it is complete. `source` is the file that is copied. */
export async function writeFile(
  stream: AsyncIterable<Uint8Array>,
  { directory, name }: Spot,
  source: Stats | null,
  rules: CopyRules,
  count: CopyCount,
): Promise<void> {
  const former = directory.look(name);
  const replaced = former?.isFile() ? former : null;
  const draft = draftOf();
  const descriptor = directory.create(draft);
  try {
    try {
      const target = createWriteStream('', { fd: descriptor, autoClose: false });
      await pipeline(stream, target, { signal: rules.signal });
      setOwnerAndMode(descriptor, {
        ...rules.ownerOf(source, replaced),
        mode: rules.modeOf(source, replaced),
      });
      if (rules.keepsTime && source !== null) futimesSync(descriptor, source.atime, source.mtime);
      count.bytes += target.bytesWritten;
    } finally {
      closeSync(descriptor);
    }
    directory.rename(draft, name);
    count.files += 1;
  } catch (error) {
    directory.remove(draft);
    throw error;
  }
}

/** Passes on the content of an open file. */
export async function readFile(
  descriptor: number,
  write: (chunk: Uint8Array) => Promise<void>,
  signal: AbortSignal,
  count: CopyCount,
): Promise<void> {
  const source = createReadStream('', { fd: descriptor, autoClose: false, signal });
  for await (const chunk of source as AsyncIterable<Uint8Array>) {
    await write(chunk);
    count.bytes += chunk.length;
  }
  count.files += 1;
}

async function copyDirectory(
  from: Spot,
  to: Spot,
  path: string,
  rules: CopyRules,
  count: CopyCount,
): Promise<void> {
  const source = from.directory.directory(from.name);
  try {
    await copyDirectoryAs(source, to, path, rules, count);
  } finally {
    source.close();
  }
}

/**
 * Copies a directory to a place that does not exist, or merges it into the directory there.
 *
 * @throws ELOOP if the copy would be within the source
 */
export async function copyDirectoryAs(
  source: Anchor,
  to: Spot,
  path: string,
  rules: CopyRules,
  count: CopyCount,
): Promise<void> {
  if (source.isOfKernel) return rules.skipped(path);
  const isNew = to.directory.look(to.name) === null;
  if (isNew) to.directory.makeDirectory(to.name);
  // Fails if something else than a directory has the name, even a link to a directory.
  const target = to.directory.directory(to.name);
  try {
    const targets = [...rules.targets, target.stats];
    if (targets.some((each) => isSame(each, source.stats))) throw withinItself(path);
    await copyEntries(source, target, path, { ...rules, targets }, count);
    if (isNew || rules.keepsTime) finishDirectory(target, source.stats, rules);
    count.directories += 1;
  } finally {
    target.close();
  }
}

const isSame = (a: Stats, b: Stats) => a.dev === b.dev && a.ino === b.ino;

const withinItself = (path: string) =>
  Object.assign(new Error(`ELOOP: a directory cannot be copied into itself, open '${path}'`), {
    code: 'ELOOP',
    path,
    syscall: 'open',
  });

/** Last, because a directory without permission to write could not be filled, and each entry changes its time. */
function finishDirectory(target: Anchor, source: Stats, rules: CopyRules): void {
  const descriptor = target.opened(constants.O_RDONLY);
  try {
    setOwnerAndMode(descriptor, { ...rules.ownerOf(source, null), mode: rules.modeOf(source, null) });
    if (rules.keepsTime) futimesSync(descriptor, source.atime, source.mtime);
  } finally {
    closeSync(descriptor);
  }
}

function copyLink(from: Spot, to: Spot, stats: Stats, rules: CopyRules, count: CopyCount): void {
  const draft = draftOf();
  to.directory.makeLink(draft, from.directory.linkTarget(from.name));
  try {
    const { uid, gid } = rules.ownerOf(stats, null);
    to.directory.chownLink(draft, uid, gid);
    to.directory.rename(draft, to.name);
    count.links += 1;
  } catch (error) {
    to.directory.remove(draft);
    throw error;
  }
}

const draftOf = () => `.nixos-nspawn-${uniqueSuffix()}`;
