import { closeSync, realpathSync, type Stats, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import * as z from 'zod';
import { Anchor } from '../base/anchored.js';
import { type Found, findWithin } from '../base/anchored-path.js';
import {
  type CopyCount,
  type CopyRules,
  copyDirectoryAs,
  copyEntries,
  copyTree,
  readFile,
  writeFile,
} from '../base/copying.js';
import { type CopyPlace, copyPlace, copyPlaceText } from '../container/copy-place.js';
import { interrupted } from '../errors/commands.js';
import { notRunning } from '../errors/containers.js';
import { copyWithoutContainer, notCopied } from '../errors/copying.js';
import { isErrno, isMissing } from '../errors/system-calls.js';
import { machineLeader } from '../systemd/registered-machines.js';
import { warningsSchema } from './container-view.js';
import { type OperationOptions, operationContext } from './context.js';
import { withKnownErrors } from './known-errors.js';
import { lookAt } from './reachable.js';
import { requireRoot } from './require-root.js';

export interface CopyRequest {
  /** What is copied: `NAME:PATH`, a path on the host, or `-` for `input`. */
  from: string;
  /** Where it is copied to: `NAME:PATH`, a path on the host, or `-` for `output`. */
  to: string;
  /** Whether to keep owners and times. By default, the copy belongs to root of the target, or to its former owner. */
  archive?: boolean | undefined;
  /** The content that `-` stands for as the source; default this process's standard input. */
  input?: AsyncIterable<Uint8Array> | undefined;
  /** Receives the content if the target is `-`; default this process's standard output. */
  output?: ((chunk: Uint8Array) => Promise<void>) | undefined;
}

export const copyResultSchema = z.object({
  /** What was copied, as given. */
  from: z.string(),
  /** Where it was copied to, as given. */
  to: z.string(),
  /** How many files were copied. */
  files: z.int(),
  /** How many directories were created or merged. */
  directories: z.int(),
  /** How many symbolic links were copied. */
  links: z.int(),
  /** The size of the files in bytes. */
  bytes: z.int(),
  /** Problems that did not stop the copy; empty if there were none. */
  warnings: warningsSchema,
});

export type CopyResult = z.infer<typeof copyResultSchema>;

/**
 * Copies a file or a directory into a container, out of it, or from one to another. The containers may be running or
 * stopped. Paths in a container are resolved in its root, so that nothing in it can lead to another file of the host.
 *
 * @throws NspawnError `usage`, `no-such-container`, `not-copied`, `host-lacks`, `interrupted`
 */
export async function copyFiles(request: CopyRequest, options: OperationOptions = {}): Promise<CopyResult> {
  return await withKnownErrors(async () => {
    const from = copyPlace(request.from);
    const to = copyPlace(request.to);
    if (from.kind !== 'container' && to.kind !== 'container') throw copyWithoutContainer();
    requireRoot('Copying files of a container');
    const copy = new Copy(request, options);
    try {
      await copy.run(from, to);
    } catch (error) {
      if (copy.signal.aborted) throw interrupted(copy.signal.reason);
      throw error;
    }
    return { from: request.from, to: request.to, ...copy.count, warnings: copy.warnings };
  });
}

/** A side of the copy: where it is, and which users it has. */
interface Side {
  found: Found;
  /** As typed. */
  text: string;
  isContainer: boolean;
  /** The id on the host of the side's root. */
  root: number;
  /** Whether the path as typed can only mean a directory. */
  isDirectory: boolean;
  /** The name that a copy of it gets in another directory; null if the path means the entries of the directory. */
  ownName: string | null;
}

/** The number of ids in a container's user namespace (systemd.nspawn(5), PrivateUsers=pick). */
const IDS = 65_536;
/** The user that owns what has no owner in a user namespace. */
const NOBODY = 65_534;
const SPECIAL_BITS = 0o6000;

/** A device, a FIFO or a socket. Inside a copied directory, these are left out with a warning. */
const isSpecial = ({ name, stats }: Found): boolean =>
  name !== null && stats !== null && !stats.isFile() && !stats.isSymbolicLink();

class Copy {
  readonly count: CopyCount = { files: 0, directories: 0, links: 0, bytes: 0 };
  readonly #request: CopyRequest;
  readonly #options: OperationOptions;
  readonly #context: ReturnType<typeof operationContext>;

  constructor(request: CopyRequest, options: OperationOptions) {
    this.#request = request;
    this.#options = options;
    this.#context = operationContext(options);
  }

  get signal(): AbortSignal {
    return this.#context.signal;
  }

  get warnings() {
    return this.#context.warnings;
  }

  async run(from: CopyPlace, to: CopyPlace): Promise<void> {
    const source = from.kind === 'stream' ? null : await this.#side(from);
    try {
      const target = to.kind === 'stream' ? null : await this.#side(to);
      try {
        if (source !== null && source.found.stats === null) throw notCopied(source.text, 'does not exist');
        if (source?.isDirectory && source.found.name !== null)
          throw notCopied(source.text, 'is not a directory');
        if (source !== null && isSpecial(source.found))
          throw notCopied(source.text, 'is neither a file nor a directory', [
            `'-' copies what a command or a device writes: 'head -c 1M FILE | nixos-nspawn copy - NAME:PATH'`,
          ]);
        if (target === null) {
          if (source !== null) await naming(source.text, () => this.#toStream(source));
        } else await naming(copyPlaceText(to), () => this.#toTarget(source, target));
      } finally {
        target?.found.directory.close();
      }
    } finally {
      source?.found.directory.close();
    }
  }

  async #toStream(source: Side): Promise<void> {
    const { directory, name } = source.found;
    const file = name === null ? null : directory.file(name);
    if (file === null)
      throw notCopied(source.text, 'is not a regular file, so it cannot be written to standard output', [
        `For a directory: 'nixos-nspawn run NAME -- tar -c -C DIRECTORY .'`,
      ]);
    try {
      await readFile(file.descriptor, this.#request.output ?? toStandardOutput, this.signal, this.count);
    } finally {
      closeSync(file.descriptor);
    }
  }

  /** As cp(1): an existing directory as the target means that the copy gets the source's name in it. */
  async #toTarget(source: Side | null, target: Side): Promise<void> {
    const { found } = target;
    const rules = this.#rules(source, target);
    if (found.name !== null && target.isDirectory)
      throw notCopied(
        target.text,
        found.stats === null ? 'does not exist, and is to be a directory' : 'is not a directory',
      );
    if (source === null) {
      if (found.name === null) throw notCopied(target.text, 'is a directory', ['Add the name of the file.']);
      const spot = { directory: found.directory, name: found.name };
      return writeFile(this.#request.input ?? process.stdin, spot, null, rules, this.count);
    }
    const { directory, name } = found;
    if (source.found.name !== null) {
      const from = { directory: source.found.directory, name: source.found.name };
      // A file that was named by a link keeps the name of the link.
      const to = { directory, name: name ?? source.ownName ?? source.found.name };
      return copyTree(from, to, source.text, rules, this.count);
    }
    if (name !== null && found.stats !== null)
      throw notCopied(target.text, 'exists, and is not a directory', [
        'Copy the directory to another directory, or to a path that does not exist.',
      ]);
    const own = name ?? source.ownName;
    if (own === null) return copyEntries(source.found.directory, directory, source.text, rules, this.count);
    return copyDirectoryAs(source.found.directory, { directory, name: own }, source.text, rules, this.count);
  }

  async #side(place: Exclude<CopyPlace, { kind: 'stream' }>): Promise<Side> {
    const text = copyPlaceText(place);
    const { path } = place;
    const shared = {
      text,
      isDirectory: /(?:^|\/)\.{0,2}$/.test(path),
      ownName: /(?:^|\/)\.\.?$/.test(path) ? null : basename(path) || null,
    };
    return naming(text, async () => {
      if (place.kind === 'host') return { ...shared, found: findOnHost(path), isContainer: false, root: 0 };
      const { anchor, isRunning } = await this.#rootOf(place.name);
      try {
        const root = anchor.stats.uid;
        const found = findWithin(anchor, path);
        if (!isRunning) requireStored(found, text);
        return { ...shared, found, isContainer: true, root };
      } finally {
        anchor.close();
      }
    });
  }

  /** The root of a container, as it sees it. That of a stopped one is its state directory, without mounts. */
  async #rootOf(name: string): Promise<{ anchor: Anchor; isRunning: boolean }> {
    const { container, machine } = await lookAt(name, this.#options);
    if (machine === null) {
      try {
        return { anchor: Anchor.open(container.places.stateDir), isRunning: false };
      } catch (error) {
        if (!isMissing(error)) throw error;
        throw notCopied(name, 'has no state directory', [`'nixos-nspawn start ${name}' creates it.`], error);
      }
    }
    const { leader } = machine;
    if (leader === null) throw notRunning(name);
    const anchor = Anchor.open(`/proc/${leader}/root`);
    // The process may have ended, and another one may have its number.
    if ((await machineLeader(name, { signal: this.signal })) === leader) return { anchor, isRunning: true };
    anchor.close();
    throw notRunning(name);
  }

  #rules(source: Side | null, target: Side): CopyRules {
    const { archive = false } = this.#request;
    const idOf = (id: number) => {
      if (source === null || !archive) return target.root;
      const inside = id - source.root;
      // The host has more users than a container.
      const known = !source.isContainer || source.root === 0 || (inside >= 0 && inside < IDS);
      if (!known) return target.root + NOBODY;
      return target.root + inside;
    };
    return {
      ownerOf: (from, former) =>
        former !== null && !archive
          ? { uid: former.uid, gid: former.gid }
          : { uid: idOf(from?.uid ?? 0), gid: idOf(from?.gid ?? 0) },
      modeOf: (from, former) => {
        if (former !== null && !archive) return former.mode & 0o7777;
        const mode = (from?.mode ?? 0o644) & 0o7777;
        // A program of a container must not get the rights of a user of the host.
        return archive && target.isContainer ? mode : mode & ~SPECIAL_BITS;
      },
      keepsTime: archive,
      targets: [target.found.directory.stats],
      signal: this.signal,
      skipped: (path) =>
        this.#context.listener({
          container: '',
          type: 'warning',
          code: 'not-copied',
          message: `${path} is not copied, because it is neither a file nor a directory nor a link.`,
        }),
    };
  }
}

/** Waits until the chunk is written. A reader that is gone is reported by the stream itself. */
const toStandardOutput = (chunk: Uint8Array) =>
  new Promise<void>((resolve) => process.stdout.write(chunk, () => resolve()));

/** What systemd-nspawn mounts in every container, so that a stopped one does not have it. */
const MOUNTED = ['/dev', '/nix/store', '/proc', '/run', '/sys', '/tmp'];

/** @throws NspawnError if what is there would be hidden when the container runs */
function requireStored({ path }: Found, text: string): void {
  const mount = MOUNTED.find((each) => path === each || path.startsWith(`${each}/`));
  if (mount !== undefined)
    throw notCopied(text, `is in ${mount}, which only a running container has`, [
      'Start the container first.',
    ]);
}

/** A path on the host, which is the caller's own: its links are followed. */
function findOnHost(path: string): Found {
  const stats = statsOf(path);
  if (stats?.isDirectory()) {
    const real = realpathSync(path);
    return { directory: Anchor.open(real), name: null, stats, path: real };
  }
  const whole = stats === null ? path.replace(/\/+$/, '') : realpathSync(path);
  return { directory: Anchor.open(dirname(whole)), name: basename(whole), stats, path: whole };
}

function statsOf(path: string): Stats | null {
  try {
    return statSync(path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Runs what works on one side of the copy, and reports what the system refuses as a problem of that side. */
async function naming<T>(text: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!isErrno(error) || error.code === undefined || !(error.code in REFUSALS)) throw error;
    throw notCopied(text, REFUSALS[error.code] ?? '', undefined, error);
  }
}

/** What the kernel's refusals mean for a copy, as the end of a sentence about the path. */
const REFUSALS: Readonly<Record<string, string>> = {
  EISDIR: 'or something in it is a directory where a file is to be copied',
  ELOOP: 'leads to itself, or would be copied into itself',
  ENAMETOOLONG: 'is too long',
  ENOENT: 'is in a directory that does not exist',
  ENOTDIR: 'or something in it is not a directory, but is to be one',
  EOVERFLOW: 'is in a directory that does not belong to a user of the container',
  EROFS: 'is on a file system that is mounted read-only',
  EACCES: 'cannot be accessed',
  EPERM: 'cannot be changed',
  EBUSY: 'is a mount point, so it cannot be replaced',
};
