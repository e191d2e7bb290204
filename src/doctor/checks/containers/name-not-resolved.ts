import { lookup } from 'node:dns/promises';
import { isErrno } from '../../../errors/system-calls.js';
import { check, warning } from '../../check.js';
import { type Examined, eachContainer } from '../../facts/containers.js';
import { hasMyMachines, nssHosts } from '../../facts/name-services.js';
import { containerProblem } from '../../finding.js';
import { isGlobal } from '../../firewall/forwarding.js';

/** Whether programs on the host reach a running container by its name. */
export const nameNotResolved = check({
  findings: {
    'name-not-resolved': warning(
      "Programs on the host that use the container's name reach something else, or nothing.",
    ),
  },
  look: { containers: eachContainer(resolve), nssHosts, hasMyMachines },
  judge: ({ containers, nssHosts, hasMyMachines }) => {
    // Without nss-mymachines no container can be resolved. The check nss-mymachines reports that.
    if (!nssHosts?.includes('mymachines') || hasMyMachines === false) return [];
    return containers.flatMap(({ container: { name }, machine, seen: resolved }) => {
      if (machine === null || resolved === null) return [];
      const own = machine.addresses.map(withoutScope);
      if (resolved.some((address) => own.includes(withoutScope(address)))) return [];
      const addresses = machine.addresses.join(', ');
      const what =
        resolved.length === 0
          ? `The host finds no address for the name ${name}, but the container has ${addresses}.`
          : `The host resolves the name ${name} to ${resolved.join(', ')}, but the container has ${addresses}.`;
      return [
        containerProblem('name-not-resolved', name, what, {
          advice: `Remove ${name} from /etc/hosts. In /etc/nsswitch.conf, no service before mymachines may resolve the name. 'getent --service=SERVICE ahosts ${name}' shows what a service returns.`,
        }),
      ];
    });
  },
});

const withoutScope = (address: string) => address.replace(/%.*$/, '');

/**
 * The addresses that programs on the host get for the container's name (getaddrinfo(3)); null if the container has no
 * address of its own yet, for example because it waits for its lease, or if machined does not know the container.
 */
async function resolve({ machine }: Examined): Promise<string[] | null> {
  if (!machine?.isRegistered || !machine.addresses.some(isGlobal)) return null;
  try {
    return (await lookup(machine.name, { all: true })).map(({ address }) => address);
  } catch (error) {
    // ENOTFOUND and similar codes are an answer: there is no address.
    if (isErrno(error)) return [];
    throw error;
  }
}
