import { check, error } from '../../check.js';
import { isBooted } from '../../facts/host.js';
import { hostProblem } from '../../finding.js';

export const noSystemd = check({
  findings: { 'no-systemd': error('Containers run as services of systemd.') },
  look: { isBooted },
  judge: ({ isBooted }) =>
    isBooted
      ? []
      : [
          hostProblem('no-systemd', 'PID 1 of this host is not systemd.', {
            advice: 'Boot a distribution that runs systemd. In a container, use systemd as its init.',
          }),
        ],
});
