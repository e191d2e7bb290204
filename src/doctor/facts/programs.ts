import { findProgram } from '../../base/programs.js';
import { fact } from '../look.js';

/** Programs that every change needs, besides those of Nix. Only deleting a container's state needs chattr. */
const PROGRAMS = [
  'systemctl',
  'machinectl',
  'networkctl',
  'journalctl',
  'systemd-nspawn',
  'systemd-run',
  'flock',
  'setpriv',
];

const NIX = ['nix', 'nix-env', 'nix-store'];

/** Programs that are not in PATH. */
export const missingPrograms = fact((): Promise<readonly string[]> => missing(PROGRAMS));

/** Programs of Nix that are not in PATH. */
export const missingNix = fact((): Promise<readonly string[]> => missing(NIX));

async function missing(names: readonly string[]): Promise<string[]> {
  const found = await Promise.all(names.map((name) => findProgram(name)));
  return names.filter((_, index) => found[index] === null);
}
