import { invalidName } from '../error-catalog.js';

declare const brand: unique symbol;

/** A name that machined accepts and that is one path component (see machinectl(1), hostname_is_valid). */
export type ContainerName = string & { readonly [brand]: 'ContainerName' };

/** machined's limit for a machine name, in bytes (HOST_NAME_MAX). */
const LONGEST = 64;

/** The text as a container name; @throws NspawnError `invalid-name` with the broken rule. */
export function containerName(text: string): ContainerName {
  const broken = brokenRule(text);
  if (broken !== null) throw invalidName(text, broken);
  return text as ContainerName;
}

export function isContainerName(text: string): text is ContainerName {
  return brokenRule(text) === null;
}

/** hostname_is_valid() of systemd (src/basic/hostname-util.c): parts between dots of letters, digits and inner dashes. */
function brokenRule(text: string): string | null {
  if (text === '') return 'it is empty';
  if (text.length > LONGEST) return `it has ${text.length} characters, and ${LONGEST} is the most`;
  if (text.includes('_')) return 'systemd takes no "_" in the name of a machine';
  if (!/^[A-Za-z0-9.-]+$/.test(text)) return 'it has a character that is no letter, digit, "-" or "."';
  const parts = text.split('.');
  if (parts.includes('')) return 'it has an empty part before, after or between dots';
  if (parts.some((part) => part.startsWith('-') || part.endsWith('-')))
    return 'a part of it begins or ends with "-"';
  return null;
}
