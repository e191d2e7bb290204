import { needsRoot } from '../errors/host.js';

/**
 * Refuses a user other than root where systemd would refuse it, in words of its own. `what` begins the error's sentence.
 *
 * @throws NspawnError `host-lacks`
 */
export function requireRoot(what: string): void {
  if (process.geteuid?.() !== 0) throw needsRoot(what);
}
