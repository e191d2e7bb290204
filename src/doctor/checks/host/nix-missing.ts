import { check, error } from '../../check.js';
import { distribution } from '../../facts/host.js';
import { missingNix } from '../../facts/programs.js';
import { hostProblem } from '../../finding.js';
import { installCommand } from '../../packages.js';

export const nixMissing = check({
  findings: { 'nix-missing': error('Nix builds containers and keeps their generations.') },
  look: { missing: missingNix, distribution },
  judge: ({ missing, distribution }) => {
    if (missing.length === 0) return [];
    const commands = `${missing.length === 1 ? 'command' : 'commands'} ${enumeration(missing)}`;
    return [
      hostProblem('nix-missing', `The ${commands} cannot be found in PATH.`, {
        commands: installCommand(distribution, 'nix'),
        advice:
          'Install Nix (nixos.org/download), and make sure that PATH contains its directory, for root too.',
      }),
    ];
  },
});

/** `a`, `a and b`, `a, b and c`. */
const enumeration = (words: readonly string[]) =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
