import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, sep } from 'node:path';
import { isMissing } from '../errors/system-calls.js';
import { whyUntrustedPlace } from '../host/trust.js';

/** Whether a path is below a directory, without resolving links. */
export function isWithin(directory: string, path: string): boolean {
  const inner = relative(directory, path);
  return inner !== '..' && !inner.startsWith(`..${sep}`) && !isAbsolute(inner);
}

/**
 * Why a module of a package must not be loaded as `uid`; null if it may be. It must exist, other users must not be able
 * to change it, and neither its path nor a link may lead out of the package. `trusted` is as in whyUntrusted().
 */
export async function whyNoModule(
  directory: string,
  module: string,
  uid: number,
  trusted: Set<string> = new Set(),
): Promise<string | null> {
  if (!isWithin(directory, module)) return `its module ${module} is outside its package`;
  let target: string;
  try {
    target = await realpath(module);
  } catch (error) {
    if (isMissing(error)) return `${module} does not exist`;
    throw error;
  }
  if (!isWithin(await realpath(directory), target))
    return `its module ${module} is a link to ${target}, outside its package`;
  return whyUntrustedPlace(target, uid, trusted);
}
