import type { Facts } from '../facts.js';
import { containerFinding, type Finding } from '../finding.js';

/** That the host's programs reach a running container by its name. */
export function nameFindings({ containers, host }: Facts): Finding[] {
  // Without nss-mymachines no name is known; that is told once, for the host.
  if (!host.nssHosts?.includes('mymachines') || host.hasMyMachines === false) return [];
  return containers.flatMap(({ found: { name }, machine, resolved }) => {
    if (machine === null || resolved === null) return [];
    const own = machine.addresses.map(withoutScope);
    if (resolved.some((address) => own.includes(withoutScope(address)))) return [];
    const what =
      resolved.length === 0
        ? `The host finds no address for the name ${name}, which has ${machine.addresses.join(', ')}.`
        : `The host takes the name ${name} for ${resolved.join(', ')}, not for the container's ${machine.addresses.join(', ')}.`;
    return [
      containerFinding('name-not-resolved', name, what, {
        advice: `Take ${name} out of /etc/hosts, and see that no other service before mymachines in /etc/nsswitch.conf knows the name: 'getent --service=SERVICE ahosts ${name}'.`,
      }),
    ];
  });
}

const withoutScope = (address: string) => address.replace(/%.*$/, '');
