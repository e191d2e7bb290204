import { badFlakeReference } from '../errors/nix.js';

/** A path of attribute names, outermost first. */
export type AttributePath = readonly string[];

/** The flake output that holds containers (RFC 108). */
export const FLAKE_KEY = 'nixosContainers';

/**
 * Parses the part after `#`: names separated by dots. Names that contain dots are quoted. Nix has no escapes inside
 * such quotes.
 */
export function parseAttributePath(text: string, reference: string): string[] {
  const parts: string[] = [];
  let rest = text;
  for (;;) {
    const match = /^(?:"([^"]*)"|([^".\s]+))(\.|$)/.exec(rest);
    const part = match?.[1] ?? match?.[2];
    if (match === null || part === undefined || part === '')
      throw badFlakeReference(reference, 'its attribute is not valid');
    parts.push(part);
    rest = rest.slice(match[0].length);
    if (match[3] === '') return parts;
    if (rest === '') throw badFlakeReference(reference, 'its attribute ends with a dot');
  }
}

/** The path as Nix's command line reads it, with quotes where a name needs them. */
export function renderAttributePath(path: AttributePath): string {
  return path.map((name) => (/^[A-Za-z_][A-Za-z0-9_'-]*$/.test(name) ? name : `"${name}"`)).join('.');
}

/**
 * The paths at which a flake may have the requested container, in the order in which they are tried. A path that begins
 * with `nixosContainers` is used unchanged.
 */
export function candidatePaths(asked: AttributePath, system: string): string[][] {
  if (asked[0] === FLAKE_KEY && asked.length > 1) return [[...asked]];
  const under = (path: AttributePath) => [
    [FLAKE_KEY, system, ...path],
    [FLAKE_KEY, ...path],
  ];
  return asked.length > 1 ? [...under(asked), ...under([asked.join('.')])] : under(asked);
}
