import { readText } from '../../../base/files.js';
import { check, error } from '../../check.js';
import { containers } from '../../facts/containers.js';
import { hostProblem } from '../../finding.js';
import { fact } from '../../look.js';

/** How many user namespaces the kernel allows. A kernel without them has no such file. */
const allowed = fact(async () => Number((await readText('/proc/sys/user/max_user_namespaces')) ?? 0));

export const userNamespacesOff = check({
  findings: { 'user-namespaces-off': error('Containers with userNamespacing cannot start.') },
  look: { allowed, containers },
  judge: ({ allowed, containers }) =>
    allowed > 0 || !containers.some(({ container }) => container.settings?.userNamespacing)
      ? []
      : [
          hostProblem('user-namespaces-off', 'The kernel allows no user namespaces.', {
            options: ['boot.kernel.sysctl."user.max_user_namespaces" = 15000;'],
            commands: [['sysctl', '-w', 'user.max_user_namespaces=15000']],
          }),
        ],
});
