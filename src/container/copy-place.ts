import { badCopyPlace } from '../errors/copying.js';
import { type ContainerName, storedName } from './name.js';

/** One side of a copy. */
export type CopyPlace =
  /** A path on the host. */
  | { readonly kind: 'host'; readonly path: string }
  /** A path in a container, from its root. */
  | { readonly kind: 'container'; readonly name: ContainerName; readonly path: string }
  /** Standard input or standard output. */
  | { readonly kind: 'stream' };

/**
 * Reads `NAME:PATH`, a path on the host, or `-`. A path on the host with a colon in its first part is written with `./`
 * before it, as with scp(1).
 *
 * @throws NspawnError `usage`, `invalid-name`
 */
export function copyPlace(text: string): CopyPlace {
  if (text === '-') return { kind: 'stream' };
  const [, name, path] = /^([^/:]+):(.*)$/s.exec(text) ?? [];
  if (name !== undefined && path !== undefined) {
    if (path === '') throw badCopyPlace(text);
    return { kind: 'container', name: storedName(name), path };
  }
  if (text === '') throw badCopyPlace(text);
  return { kind: 'host', path: text };
}

/** As it is typed, for messages. */
export function copyPlaceText(place: CopyPlace): string {
  switch (place.kind) {
    case 'host':
      return place.path;
    case 'container':
      return `${place.name}:${place.path}`;
    case 'stream':
      return '-';
  }
}
