import type { Argv } from '../../../base/process.js';
import type { Settings } from '../../../container/settings.js';
import { check, error } from '../../check.js';
import { containers, type Examined } from '../../facts/containers.js';
import { type Family, type Forwarding, forwarding } from '../../facts/forwarding.js';
import { packetFilter } from '../../facts/packet-filter.js';
import { hostProblem } from '../../finding.js';
import {
  acceptAnswers,
  chainText,
  iptablesAccept,
  isOfIptables,
  nftAccept,
  trusted,
} from '../../firewall/accept.js';
import { ANY_CLIENT_PORT } from '../../firewall/container-packets.js';
import { droppedBy } from '../../firewall/evaluate.js';
import { expectedMappings } from '../../firewall/forwarding.js';
import type { Chain, Firewall, Packet, PacketFamily } from '../../firewall/model.js';

/** A connection from another host to a forwarded port. */
interface Connection {
  container: string;
  family: PacketFamily;
  protocol: 'tcp' | 'udp';
  port: number;
  containerPort: number;
  uplink: string;
  /** The host's interface to the container. */
  link: string;
}

/** Whether the packet filter lets connections to forwarded ports in, and lets the replies out. */
export const firewallPorts = check({
  findings: { 'firewall-ports': error('Other hosts cannot connect to these forwarded ports.') },
  look: { firewall: packetFilter, forwarding, containers },
  judge: ({ firewall, forwarding, containers }) => {
    const { chains, manager } = firewall;
    if (chains === null) return [];
    const blocked = containers
      .flatMap((container) => connectionsTo(container, forwarding))
      .flatMap((connection) => {
        const chain = droppingChain(connection, chains);
        return chain === null ? [] : [{ connection, chain }];
      });
    const guilty = [...new Set(blocked.map(({ chain }) => chain))];
    return guilty.map((chain) => {
      const dropped = blocked.filter((found) => found.chain === chain).map(({ connection }) => connection);
      const ports = new Set(
        dropped.map(({ protocol, port, container }) => `${protocol} ${port} of ${container}`),
      );
      return hostProblem(
        'firewall-ports',
        `The firewall drops connections to forwarded ports: ${[...ports].join(', ')} (${chainText(chain)}).`,
        {
          options: ['networking.firewall.extraForwardRules = "ct status dnat accept";'],
          commands: acceptingCommands(manager, chain, dropped),
        },
      );
    });
  },
});

function connectionsTo(container: Examined, forwarding: Readonly<Record<Family, Forwarding>>): Connection[] {
  const { settings, name } = container.container;
  if (settings === null) return [];
  const hasIPv6 = expectedMappings(container).some(({ family }) => family === 'ip6');
  const uplinks = [
    { family: 'ip' as const, uplink: forwarding.IPv4.uplink },
    { family: 'ip6' as const, uplink: hasIPv6 ? forwarding.IPv6.uplink : null },
  ];
  return uplinks.flatMap(({ family, uplink }) =>
    uplink === null
      ? []
      : settings.forwardPorts.map(({ protocol, hostPort, containerPort }) => ({
          container: name,
          family,
          protocol,
          port: hostPort,
          containerPort: containerPort ?? hostPort,
          uplink,
          link: linkOf(name, settings),
        })),
  );
}

/** Names of interfaces have at most 15 characters (IFNAMSIZ). */
function linkOf(name: string, { zone, bridge }: Settings): string {
  return zone === null ? (bridge ?? `ve-${name}`.slice(0, 15)) : `vz-${zone}`.slice(0, 15);
}

function droppingChain(
  { family, protocol, port, containerPort, uplink, link }: Connection,
  chains: readonly Chain[],
): Chain | null {
  const packet = { family, protocol, state: 'new', translated: true } as const;
  const passes: readonly Packet[] = [
    // The filters of this hook see the packet before its port is translated.
    { ...packet, hook: 'prerouting', in: uplink, out: null, port, translated: false },
    { ...packet, hook: 'forward', in: uplink, out: link, port: containerPort },
    { ...packet, hook: 'forward', in: link, out: uplink, port: ANY_CLIENT_PORT, state: 'established' },
  ];
  for (const pass of passes) {
    const chain = droppedBy(pass, chains);
    if (chain !== null) return chain;
  }
  return null;
}

function acceptingCommands(
  manager: Firewall['manager'],
  chain: Chain,
  connections: readonly Connection[],
): Argv[] {
  switch (manager) {
    case 'ufw':
      return connections.map(({ link, containerPort, protocol }) => [
        ...(['ufw', 'route', 'allow', 'out', 'on', pattern(link, '+')] as const),
        ...['to', 'any', 'port', `${containerPort}`, 'proto', protocol],
      ]);
    case 'firewalld':
      return trusted();
    default:
      return chain.hook === 'prerouting'
        ? acceptPorts(chain, connections)
        : acceptTranslated(chain, connections);
  }
}

function acceptPorts(chain: Chain, connections: readonly Connection[]): Argv[] {
  return (['tcp', 'udp'] as const).flatMap((protocol) => {
    const own = connections.filter((connection) => connection.protocol === protocol);
    const ports = [...new Set(own.map(({ port }) => port))];
    if (ports.length === 0) return [];
    return isOfIptables(chain)
      ? ports.map((port) => iptablesAccept(chain, ['-p', protocol, '--dport', `${port}`]))
      : [nftAccept(chain, [protocol, 'dport', `{ ${ports.join(', ')} }`])];
  });
}

/** Accepts only forwarded connections, so that no other port of a container is opened. */
function acceptTranslated(chain: Chain, connections: readonly Connection[]): Argv[] {
  const wildcard = isOfIptables(chain) ? '+' : '*';
  const links = [...new Set(connections.map(({ link }) => pattern(link, wildcard)))];
  return [
    acceptAnswers(chain),
    ...links.map((link) =>
      isOfIptables(chain)
        ? iptablesAccept(chain, ['-o', link, '-m', 'conntrack', '--ctstatus', 'DNAT'])
        : nftAccept(chain, ['oifname', link, 'ct', 'status', 'dnat']),
    ),
  ];
}

/** All interfaces of the same kind. A bridge of the user keeps its own name. */
const pattern = (link: string, wildcard: string) => link.replace(/^(v[ebz])-.*$/, `$1-${wildcard}`);
