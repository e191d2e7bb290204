import type { Facts, Family, HostFacts } from '../facts.js';
import { type Finding, hostFinding } from '../finding.js';

/** That packets get from containers to the uplink and back; networkd sees to it unless somebody else meddles. */
export function forwardingFindings({ host }: Facts): Finding[] {
  return (['IPv4', 'IPv6'] as const).flatMap((family) => findingsOf(family, host));
}

function findingsOf(family: Family, { forwarding, links }: HostFacts): Finding[] {
  const { uplink, enabled, deniedBy } = forwarding[family];
  const option = `systemd.network.config.networkConfig.${family}Forwarding = true;`;
  if (deniedBy !== null)
    return [
      hostFinding('forwarding-denied', `${deniedBy} has networkd keep ${family} forwarding off.`, {
        options: [option],
        commands: [
          ['sed', '-i', `/^[[:space:]]*${family}Forwarding[[:space:]]*=/d`, deniedBy],
          ['systemctl', 'restart', 'systemd-networkd.service'],
        ],
      }),
    ];
  // networkd turns it on with the first link that masquerades, so that without one it may well be off.
  if (links.length === 0 || uplink === null || enabled !== false) return [];
  const key = `net.${family === 'IPv4' ? 'ipv4' : 'ipv6'}.conf.all.forwarding`;
  return [
    hostFinding('forwarding-off', `${family} packets that come in at ${uplink} are not forwarded.`, {
      options: [`boot.kernel.sysctl."${key}" = true;`, option],
      commands: [['sysctl', '-w', `${key}=1`]],
    }),
  ];
}
