import { check, note } from '../../check.js';
import { isRoot } from '../../facts/host.js';
import { hostProblem } from '../../finding.js';

export const notRoot = check({
  findings: {
    'not-root': note('Other users cannot read the firewall, credentials, or files inside containers.'),
  },
  look: { isRoot },
  judge: ({ isRoot }) =>
    isRoot
      ? []
      : [
          hostProblem('not-root', 'Some checks were skipped, because they need root.', {
            advice: "Run 'sudo nixos-nspawn doctor'.",
          }),
        ],
});
