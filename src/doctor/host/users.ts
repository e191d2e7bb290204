import type { Facts } from '../facts.js';
import { type Finding, hostFinding } from '../finding.js';

/** What containers with users of their own need; nothing where there is none. */
export function userFindings({ host: { users }, containers }: Facts): Finding[] {
  if (!containers.some(({ found }) => found.settings?.userNamespacing)) return [];
  const findings: Finding[] = [];
  if (users.namespaces === 0)
    findings.push(
      hostFinding('user-namespaces-off', 'The kernel allows no user namespaces.', {
        options: ['boot.kernel.sysctl."user.max_user_namespaces" = 15000;'],
        commands: [['sysctl', '-w', 'user.max_user_namespaces=15000']],
      }),
    );
  if (users.inContainerRange.length > 0) {
    const names = users.inContainerRange.map(({ name, uid }) => `${name} (${uid})`).join(', ');
    findings.push(
      hostFinding('uid-overlap', `Users of the host have ids that containers may get: ${names}.`, {
        advice: 'Give these users ids below 524288, or above 1879048191.',
      }),
    );
  }
  return findings;
}
