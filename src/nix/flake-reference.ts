import { badFlakeReference } from '../errors/nix.js';
import { parseAttributePath } from './attribute.js';

export interface FlakeReference {
  flake: string;
  /** The names after `#`; null if there are none, which means the container's own name. */
  attribute: string[] | null;
}

/** Parses `.#web`, `github:owner/repository#web`, or a flake alone. */
export function parseFlakeReference(reference: string): FlakeReference {
  if (reference === '') throw badFlakeReference(reference, 'it is empty');
  if (/[\p{Cc}]/u.test(reference)) throw badFlakeReference(reference, 'it contains a control character');
  const at = reference.indexOf('#');
  const flake = at === -1 ? reference : reference.slice(0, at);
  const attribute = at === -1 ? '' : reference.slice(at + 1);
  if (attribute.includes('#')) throw badFlakeReference(reference, 'it contains more than one "#"');
  if (flake.startsWith('-')) throw badFlakeReference(reference, 'it begins with "-"');
  return {
    flake: flake === '' ? '.' : flake,
    attribute: attribute === '' ? null : parseAttributePath(attribute, reference),
  };
}
