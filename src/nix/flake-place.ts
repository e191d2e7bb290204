import { dirname, relative, resolve } from 'node:path';
import { isPresent } from '../base/files.js';
import { badFlakeReference } from '../errors/nix.js';
import { directoryMissing } from '../errors/places.js';

interface Place {
  /** The flake reference to pass to Nix. */
  flake: string;
  /** The working directory for Nix. */
  cwd: string;
}

/**
 * Resolves a flake reference that was given in `directory`. Relative paths become absolute, because Nix would otherwise
 * search upwards from this process's working directory.
 *
 * @throws NspawnError `no-such-directory` if the reference is relative to a directory that no longer exists.
 */
export async function flakePlace(flake: string, directory: string): Promise<Place> {
  const [, scheme = '', path] = /^(path:)?(\.{1,2}(?:\/.*)?)$/.exec(flake) ?? [];
  if (path !== undefined) {
    if (!(await isPresent(directory)))
      throw directoryMissing(directory, `the flake reference '${flake}' is relative to it`);
    const absolute = resolve(directory, path);
    if (!(await isPresent(absolute))) throw directoryMissing(absolute, 'the flake reference points to it');
    return { flake: await addressed(scheme, absolute), cwd: directory };
  }
  const plain = /^\/[^#?]*$/.test(flake);
  if (plain && !(await isPresent(flake))) throw directoryMissing(flake, 'the flake reference points to it');
  return { flake, cwd: (await isPresent(directory)) ? directory : '/' };
}

/** The directory of a flake on this host; null if Nix would fetch it from elsewhere. */
export async function flakeDirectory(flake: string, directory: string): Promise<string | null> {
  const place = await flakePlace(flake, directory);
  const [, path, query = ''] =
    /^(?:path:|git\+file:(?:\/\/)?)?(\/[^?#]*)(?:\?([^#]*))?$/.exec(place.flake) ?? [];
  if (path === undefined) return null;
  const below = new URLSearchParams(query).get('dir') ?? '';
  return resolve(place.flake.startsWith('/') ? path : decodeURIComponent(path), below);
}

/** Rejects a path with a `#` that was meant as part of a directory's name. Nix would end the path there. */
export async function requireUnambiguous(reference: string): Promise<void> {
  const [flake = ''] = reference.split('#', 1);
  if (!flake.startsWith('/') || flake === reference || (await isPresent(flake))) return;
  if ((await isPresent(reference.slice(0, reference.lastIndexOf('#')))) || (await isPresent(reference)))
    throw badFlakeReference(
      reference,
      'in the name of a directory, write "#" as %23 and "?" as %3F, after "path:" or "git+file://"',
    );
}

/** Whether Nix takes this flake, a reference with or without an attribute, from a git repository on this machine. */
export async function isInGit(reference: string): Promise<boolean> {
  if (/^git\+file:/.test(reference)) return true;
  const [path = ''] = reference.split(/[#?]/, 1);
  return path.startsWith('/') && (await repositoryAbove(path)) !== null;
}

/** Nix ends a path at `#` or `?`, except in a URL where they are escaped. */
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
