import { needsRoot } from '../errors/host.js';

/**
 * Refuses users other than root with a clear error, where systemd would refuse them anyway.
 *
 * @param what the beginning of the error's sentence
 * @throws NspawnError `host-lacks`
 */
export function requireRoot(what: string): void {
  if (process.geteuid?.() !== 0) throw needsRoot(what);
}
