import { check, note } from '../../check.js';
import { features, storeProblem } from '../../facts/nix.js';
import { hostProblem } from '../../finding.js';

const NEEDED = ['nix-command', 'flakes'];

export const nixFlakes = check({
  findings: {
    'nix-flakes': note('nixos-nspawn enables them for its own commands. Other commands that need them fail.'),
  },
  look: { features, storeProblem },
  judge: ({ features, storeProblem }) =>
    storeProblem !== null || features === null || NEEDED.every((name) => features.includes(name))
      ? []
      : [
          hostProblem('nix-flakes', "The features 'nix-command' and 'flakes' are not enabled.", {
            options: ['nix.settings.experimental-features = [ "nix-command" "flakes" ];'],
            advice: "Add 'extra-experimental-features = nix-command flakes' to /etc/nix/nix.conf.",
          }),
        ],
});
