import { check, error } from '../../check.js';
import { isRoot } from '../../facts/host.js';
import { storeProblem } from '../../facts/nix.js';
import { hostProblem } from '../../finding.js';

export const nixStore = check({
  findings: { 'nix-store': error('Nothing can be built without the store.') },
  look: { storeProblem, isRoot },
  judge: ({ storeProblem, isRoot }) =>
    // Only root builds containers, and root can often open a store that other users cannot open.
    storeProblem === null || !isRoot
      ? []
      : [
          hostProblem('nix-store', `Nix cannot open its store: ${storeProblem}.`, {
            options: ['nix.enable = true;'],
            commands: [['systemctl', 'enable', '--now', 'nix-daemon.socket']],
            advice: 'Start the Nix daemon, or unset NIX_REMOTE to let root open the store directly.',
          }),
        ],
});
