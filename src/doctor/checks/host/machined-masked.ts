import { check, error } from '../../check.js';
import { SERVICES, units } from '../../facts/systemd.js';
import { hostProblem } from '../../finding.js';

export const machinedMasked = check({
  findings: {
    'machined-masked': error(
      'systemd-machined keeps the list of running containers with their addresses, and opens shells in them.',
    ),
  },
  look: { units },
  judge: ({ units }) =>
    units.get(SERVICES.machined)?.load !== 'masked'
      ? []
      : [
          hostProblem('machined-masked', 'systemd-machined is masked, so it cannot be started.', {
            options: ['systemd.services.systemd-machined.enable = true;'],
            commands: [['systemctl', 'unmask', SERVICES.machined]],
          }),
        ],
});
