import { invalidName } from '../errors/requests.js';

declare const brand: unique symbol;

/** A name that machined accepts and that is a single path component (machinectl(1), hostname_is_valid). */
export type ContainerName = string & { readonly [brand]: 'ContainerName' };

/** machined's limit for a machine name, in bytes (HOST_NAME_MAX). */
const LONGEST = 64;

/**
 * Suffixes that mark a file or directory as an image other than a plain tree: a disk image, a directory of versions, or
 * a stack of layers (image_find() and make_possible_filenames() in systemd's src/shared/discover-image.c).
 * systemd-nspawn does not find a plain directory with such a name.
 */
const IMAGE_SUFFIXES = ['.raw', '.v', '.mstack'] as const;

/** Checks a container name. @throws NspawnError `invalid-name` with the rule that it breaks */
export function containerName(text: string): ContainerName {
  const broken = brokenRule(text);
  if (broken !== null) throw invalidName(text, broken);
  return text as ContainerName;
}

/**
 * Checks the name of a container that may already be on this host. It accepts names that systemd refuses to start, such
 * as `a_b`: the Python tool wrote files for such names before it failed. Such a container can be inspected and removed,
 * but not created.
 *
 * @throws NspawnError `invalid-name`
 */
export function storedName(text: string): ContainerName {
  if (!isStoredName(text)) throw invalidName(text, brokenRule(text) ?? 'it is not a valid file name');
  return text as ContainerName;
}

/** The text as a name that may be on this host; null if no container can have it. */
export const asStoredName = (text: string): ContainerName | null => (isStoredName(text) ? text : null);

/** A single safe path component: it cannot be read as an option, be hidden, or lead elsewhere. */
export function isStoredName(text: string): text is ContainerName {
  return text.length <= LONGEST && /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(text) && !text.includes('..');
}

/**
 * The rules of hostname_is_valid() in systemd (src/basic/hostname-util.c): parts separated by dots, made of letters,
 * digits and inner dashes. Both machined and nspawn use it: systemd 257 rejects `a_b`, `a-`, `a.` and `.a` with
 * "Invalid machine name".
 */
function brokenRule(text: string): string | null {
  if (text === '') return 'it is empty';
  if (text.length > LONGEST) return `it has ${text.length} characters, but at most ${LONGEST} are allowed`;
  if (text.includes('_')) return 'systemd does not allow "_" in the name of a machine';
  if (!/^[A-Za-z0-9.-]+$/.test(text))
    return 'it contains a character other than letters, digits, "-" and "."';
  const parts = text.split('.');
  if (parts.includes('')) return 'it has an empty part before, after or between dots';
  if (parts.some((part) => part.startsWith('-') || part.endsWith('-')))
    return 'a part of it begins or ends with "-"';
  const suffix = IMAGE_SUFFIXES.find((ending) => text.endsWith(ending));
  if (suffix !== undefined) return `systemd-nspawn treats a name that ends with "${suffix}" as an image`;
  return null;
}
