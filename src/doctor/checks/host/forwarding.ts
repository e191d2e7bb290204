import type { ContainerLink } from '../../../systemd/container-links.js';
import { check, error, warning } from '../../check.js';
import { type Family, type Forwarding, forwarding as forwardingFact } from '../../facts/forwarding.js';
import { links } from '../../facts/links.js';
import { hostProblem, type Problem } from '../../finding.js';

/** Whether packets get from containers to the uplink and back. networkd enables that unless something else interferes. */
export const forwarding = check({
  findings: {
    'forwarding-off': error('Replies from other hosts do not reach containers.'),
    'forwarding-denied': warning('Therefore networkd does not enable forwarding for containers.'),
  },
  look: { forwarding: forwardingFact, links },
  judge: ({ forwarding, links }) =>
    (['IPv4', 'IPv6'] as const).flatMap((family) => problems(family, forwarding[family], links)),
});

function problems(
  family: Family,
  { uplink, enabled, deniedBy }: Forwarding,
  links: readonly ContainerLink[],
): Problem<'forwarding-off' | 'forwarding-denied'>[] {
  const option = `systemd.network.config.networkConfig.${family}Forwarding = true;`;
  if (deniedBy !== null)
    return [
      hostProblem('forwarding-denied', `${deniedBy} tells networkd not to enable ${family} forwarding.`, {
        options: [option],
        commands: [
          ['sed', '-i', `/^[[:space:]]*${family}Forwarding[[:space:]]*=/d`, deniedBy],
          ['systemctl', 'restart', 'systemd-networkd.service'],
        ],
      }),
    ];
  // networkd enables forwarding with the first link that masquerades. Without links it may be disabled.
  if (links.length === 0 || uplink === null || enabled !== false) return [];
  const key = `net.${family === 'IPv4' ? 'ipv4' : 'ipv6'}.conf.all.forwarding`;
  return [
    hostProblem('forwarding-off', `${family} packets that arrive at ${uplink} are not forwarded.`, {
      options: [`boot.kernel.sysctl."${key}" = true;`, option],
      commands: [['sysctl', '-w', `${key}=1`]],
    }),
  ];
}
