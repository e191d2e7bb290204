import { dirname, relative, resolve } from 'node:path';
import { isPresent } from '../base/files.js';
import { badFlakeReference } from '../errors/nix.js';
import { directoryMissing } from '../errors/places.js';

interface Place {
  /** The flake as Nix is to be asked for it. */
  flake: string;
  /** Where Nix runs. */
  cwd: string;
}

/**
 * A flake that was named in `directory`. Relative paths become absolute ones: Nix would else search upwards from this
 * process's own directory.
 *
 * @throws NspawnError `no-such-directory` where a relative reference was meant in a directory that is gone.
 */
export async function flakePlace(flake: string, directory: string): Promise<Place> {
  const [, scheme = '', path] = /^(path:)?(\.{1,2}(?:\/.*)?)$/.exec(flake) ?? [];
  if (path !== undefined) {
    if (!(await isPresent(directory))) throw directoryMissing(directory, `'${flake}' is relative to it`);
    const absolute = resolve(directory, path);
    if (!(await isPresent(absolute))) throw directoryMissing(absolute, 'the flake was to be there');
    return { flake: await addressed(scheme, absolute), cwd: directory };
  }
  const plain = /^\/[^#?]*$/.test(flake);
  if (plain && !(await isPresent(flake))) throw directoryMissing(flake, 'the flake was to be there');
  return { flake, cwd: (await isPresent(directory)) ? directory : '/' };
}

/** Refuses a path in which `#` was meant as a part of a directory's name, which Nix reads as the end of the path. */
export async function requireUnambiguous(reference: string): Promise<void> {
  const [flake = ''] = reference.split('#', 1);
  if (!flake.startsWith('/') || flake === reference || (await isPresent(flake))) return;
  if ((await isPresent(reference.slice(0, reference.lastIndexOf('#')))) || (await isPresent(reference)))
    throw badFlakeReference(
      reference,
      'in the name of a directory, write "#" as %23 and "?" as %3F, after "path:" or "git+file://"',
    );
}

/** Nix takes `#` and `?` in a path for the path's end, except in a URL where they are escaped. */
async function addressed(scheme: string, path: string): Promise<string> {
  if (!/[#?]/.test(path)) return `${scheme}${path}`;
  const repository = scheme === '' ? await repositoryAbove(path) : null;
  if (repository === null) return `path:${escaped(path)}`;
  const below = relative(repository, path);
  return `git+file://${escaped(repository)}${below === '' ? '' : `?dir=${escaped(below)}`}`;
}

const escaped = (path: string) => path.split('/').map(encodeURIComponent).join('/');

async function repositoryAbove(path: string): Promise<string | null> {
  if (await isPresent(resolve(path, '.git'))) return path;
  const above = dirname(path);
  return above === path ? null : repositoryAbove(above);
}
