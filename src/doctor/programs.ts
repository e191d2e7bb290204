import { findProgram } from '../host/programs.js';

/** Programs that every change needs, beside Nix's; chattr is only for the state of containers that is deleted. */
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

/** Those that PATH does not have. */
export const missingPrograms = (): Promise<string[]> => missing(PROGRAMS);

/** Those of Nix's that PATH does not have. */
export const missingNix = (): Promise<string[]> => missing(NIX);

async function missing(names: readonly string[]): Promise<string[]> {
  const found = await Promise.all(names.map((name) => findProgram(name)));
  return names.filter((_, index) => found[index] === null);
}
