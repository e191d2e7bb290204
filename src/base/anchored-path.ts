import type { Stats } from 'node:fs';
import type { Anchor } from './anchored.js';

/** Where a path in a tree leads. */
export interface Found {
  /** The directory that contains it. The caller closes it. */
  directory: Anchor;
  /** Its name in that directory; null if the path is the directory itself. */
  name: string | null;
  /** Null if nothing has this name. */
  stats: Stats | null;
  /** The path from the root, without links. */
  path: string;
}

/** The number of links that the kernel follows (path_resolution(7)). */
const LINKS = 40;

const partsOf = (path: string) => path.split('/').filter((part) => part !== '' && part !== '.');

/**
 * Finds a path in a tree whose owner is not trusted. Links are resolved within the tree, as they are for a process whose
 * root it is, and a `..` at the root stays there. If the tree changes meanwhile, the result is still within it.
 *
 * @throws Error of Node.js: `ENOENT` if a directory above it is missing, `ENOTDIR`, `ELOOP`
 */
export function findWithin(root: Anchor, path: string): Found {
  const open: { anchor: Anchor; name: string }[] = [{ anchor: root.again(), name: '' }];
  const top = () => (open.at(-1) as (typeof open)[number]).anchor;
  const place = (...more: string[]) => `/${[...open.slice(1).map(({ name }) => name), ...more].join('/')}`;
  const leave = () => {
    if (open.length > 1) open.pop()?.anchor.close();
  };
  const done = (found: Pick<Found, 'name' | 'stats' | 'path'>): Found => {
    const directory = top();
    for (const { anchor } of open) if (anchor !== directory) anchor.close();
    return { directory, ...found };
  };
  try {
    let rest = partsOf(path);
    for (let links = 0; rest.length > 0; ) {
      const [part = '', ...others] = rest;
      rest = others;
      if (part === '..') {
        leave();
        continue;
      }
      const stats = top().look(part);
      if (stats === null) {
        if (rest.length > 0) throw failure('ENOENT', place(part));
        return done({ name: part, stats, path: place(part) });
      }
      if (stats.isSymbolicLink()) {
        links += 1;
        if (links > LINKS) throw failure('ELOOP', place(part));
        const target = top().linkTarget(part);
        if (target.startsWith('/')) while (open.length > 1) leave();
        rest = [...partsOf(target), ...rest];
      } else if (stats.isDirectory()) open.push({ anchor: top().directory(part), name: part });
      else if (rest.length > 0) throw failure('ENOTDIR', place(part));
      else return done({ name: part, stats, path: place(part) });
    }
    return done({ name: null, stats: top().stats, path: place() });
  } catch (error) {
    for (const { anchor } of open) anchor.close();
    throw error;
  }
}

const WORDS = {
  ENOENT: 'no such file or directory',
  ENOTDIR: 'not a directory',
  ELOOP: 'too many symbolic links',
} as const;

/** The error that the kernel reports for the same. */
const failure = (code: keyof typeof WORDS, path: string) =>
  Object.assign(new Error(`${code}: ${WORDS[code]}, open '${path}'`), { code, path, syscall: 'open' });
