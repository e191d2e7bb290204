import type { Argv } from '../../../base/process.js';
import { check, error } from '../../check.js';
import { links } from '../../facts/links.js';
import { packetFilter } from '../../facts/packet-filter.js';
import { hostProblem } from '../../finding.js';
import { chainText, iptablesAccept, isOfIptables, KINDS, nftAccept, trusted } from '../../firewall/accept.js';
import { firstDrop, linkNames } from '../../firewall/container-packets.js';
import type { Chain, Firewall } from '../../firewall/model.js';

/** The services of the host that containers use. */
const SERVICES = [
  { service: 'DHCP', protocol: 'udp', port: 67 },
  { service: 'DNS', protocol: 'udp', port: 53 },
  { service: 'LLMNR', protocol: 'udp', port: 5355 },
] as const;

const PORTS = SERVICES.map(({ port }) => port);

/** Whether the host's packet filter accepts what containers ask the host for. */
export const firewallInput = check({
  findings: {
    'firewall-input': error('Without these services, containers get no address or cannot resolve names.'),
  },
  look: { firewall: packetFilter, links },
  judge: ({ firewall, links }) => {
    const dropped = SERVICES.flatMap(({ service, protocol, port }) => {
      const packet = { hook: 'input', family: 'ip', out: null, protocol, port } as const;
      const chain = firstDrop(firewall.chains ?? [], linkNames(links), {
        ...packet,
        state: 'new',
        translated: false,
      });
      return chain === null ? [] : [{ service, chain }];
    });
    const [first] = dropped;
    if (first === undefined) return [];
    const services = dropped.map(({ service }) => service).join(', ');
    return [
      hostProblem(
        'firewall-input',
        `The firewall drops packets from containers for ${services} (${chainText(first.chain)}).`,
        {
          options: ['nixos.containers.openFirewall = true;'],
          commands: acceptingCommands(firewall.manager, first.chain),
        },
      ),
    ];
  },
});

function acceptingCommands(manager: Firewall['manager'], chain: Chain): Argv[] {
  switch (manager) {
    case 'ufw':
      return KINDS.flatMap((kind) =>
        PORTS.map(
          (port): Argv => [
            ...(['ufw', 'allow', 'in', 'on', `${kind}-+`] as const),
            ...['to', 'any', 'port', `${port}`, 'proto', 'udp'],
          ],
        ),
      );
    case 'firewalld':
      return trusted();
    default:
      return isOfIptables(chain)
        ? KINDS.map((kind) =>
            iptablesAccept(chain, [
              ...['-i', `${kind}-+`, '-p', 'udp'],
              ...['-m', 'multiport', '--dports', PORTS.join(',')],
            ]),
          )
        : KINDS.map((kind) =>
            nftAccept(chain, ['iifname', `${kind}-*`, 'udp', 'dport', `{ ${PORTS.join(', ')} }`]),
          );
  }
}
