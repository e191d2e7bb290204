import type { Settings } from '../../container/settings.js';
import type { Argv } from '../../process.js';
import type { Facts, HostFacts } from '../facts.js';
import { type Finding, hostFinding } from '../finding.js';
import {
  acceptAnswers,
  chainText,
  iptablesAccept,
  isOfIptables,
  nftAccept,
  trusted,
} from '../firewall/accept.js';
import { droppedBy } from '../firewall/evaluate.js';
import { expectedMappings } from '../firewall/forwarding.js';
import type { Chain, Packet, PacketFamily } from '../firewall/model.js';
import { ANY_CLIENT_PORT } from './firewall.js';

/** One connection from outside to a forwarded port. */
interface Way {
  container: string;
  family: PacketFamily;
  protocol: 'tcp' | 'udp';
  port: number;
  containerPort: number;
  uplink: string;
  /** The host's interface towards the container. */
  link: string;
}

/** What filters drop of the connections to forwarded ports: on the way in, or the answers. */
export function firewallPortFindings(facts: Facts): Finding[] {
  const { host } = facts;
  const { chains } = host.firewall;
  if (chains === null) return [];
  const blocked = waysOf(facts).flatMap((way) => {
    const chain = droppingChain(way, chains);
    return chain === null ? [] : [{ way, chain }];
  });
  const guilty = [...new Set(blocked.map(({ chain }) => chain))];
  return guilty.map((chain) => {
    const ways = blocked.filter((found) => found.chain === chain).map(({ way }) => way);
    const told = [
      ...new Set(ways.map(({ protocol, port, container }) => `${protocol} ${port} of ${container}`)),
    ];
    return hostFinding(
      'firewall-ports',
      `The firewall drops connections to forwarded ports: ${told.join(', ')} (${chainText(chain)}).`,
      {
        options: ['networking.firewall.extraForwardRules = "ct status dnat accept";'],
        commands: commandsFor(host, chain, ways),
      },
    );
  });
}

function waysOf({ host, containers }: Facts): Way[] {
  return containers.flatMap((container): Way[] => {
    const { settings, name } = container.found;
    if (settings === null) return [];
    const hasIPv6 = expectedMappings(container).some(({ family }) => family === 'ip6');
    const uplinks = [
      { family: 'ip' as const, uplink: host.forwarding.IPv4.uplink },
      { family: 'ip6' as const, uplink: hasIPv6 ? host.forwarding.IPv6.uplink : null },
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
  });
}

/** Names of interfaces have at most 15 characters (IFNAMSIZ). */
function linkOf(name: string, { zone, bridge }: Settings): string {
  return zone === null ? (bridge ?? `ve-${name}`.slice(0, 15)) : `vz-${zone}`.slice(0, 15);
}

function droppingChain(
  { family, protocol, port, containerPort, uplink, link }: Way,
  chains: readonly Chain[],
): Chain | null {
  const packet = { family, protocol, state: 'new', translated: true } as const;
  const passes: readonly Packet[] = [
    // The port is translated after the filters of this hook have seen it.
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

function commandsFor({ firewall }: HostFacts, chain: Chain, ways: readonly Way[]): Argv[] {
  switch (firewall.manager) {
    case 'ufw':
      return ways.map(({ link, containerPort, protocol }) => [
        ...(['ufw', 'route', 'allow', 'out', 'on', pattern(link, '+')] as const),
        ...['to', 'any', 'port', `${containerPort}`, 'proto', protocol],
      ]);
    case 'firewalld':
      return trusted();
    default:
      return chain.hook === 'prerouting' ? acceptPorts(chain, ways) : acceptTranslated(chain, ways);
  }
}

function acceptPorts(chain: Chain, ways: readonly Way[]): Argv[] {
  return (['tcp', 'udp'] as const).flatMap((protocol) => {
    const ports = [...new Set(ways.filter((way) => way.protocol === protocol).map(({ port }) => port))];
    if (ports.length === 0) return [];
    return isOfIptables(chain)
      ? ports.map((port) => iptablesAccept(chain, ['-p', protocol, '--dport', `${port}`]))
      : [nftAccept(chain, [protocol, 'dport', `{ ${ports.join(', ')} }`])];
  });
}

/** Only what was forwarded on purpose, so that no other port of a container is opened. */
function acceptTranslated(chain: Chain, ways: readonly Way[]): Argv[] {
  const wildcard = isOfIptables(chain) ? '+' : '*';
  const links = [...new Set(ways.map(({ link }) => pattern(link, wildcard)))];
  return [
    acceptAnswers(chain),
    ...links.map((link) =>
      isOfIptables(chain)
        ? iptablesAccept(chain, ['-o', link, '-m', 'conntrack', '--ctstatus', 'DNAT'])
        : nftAccept(chain, ['oifname', link, 'ct', 'status', 'dnat']),
    ),
  ];
}

/** All interfaces of the same kind; a bridge of the user's by its name. */
const pattern = (link: string, wildcard: string) => link.replace(/^(v[ebz])-.*$/, `$1-${wildcard}`);
