import type { Argv } from '../../process.js';
import type { Facts, HostFacts } from '../facts.js';
import { type Finding, hostFinding } from '../finding.js';
import { droppedBy } from '../firewall/evaluate.js';
import type { Chain, Packet } from '../firewall/model.js';

/** What containers ask their host for, by what it is called. */
const ASKED = [
  { service: 'DHCP', protocol: 'udp', port: 67 },
  { service: 'DNS', protocol: 'udp', port: 53 },
  { service: 'LLMNR', protocol: 'udp', port: 5355 },
] as const;

const PORTS = ASKED.map(({ port }) => port);

/** Something that a container may want from the outside, for a packet of it. */
const OUTSIDE_PORT = 443;

/** Any interface of a container, where there is none yet. */
const ANY_LINK = 've-any';

/** What the packet filter does to what containers send, rule by rule as the kernel would go through them. */
export function firewallFindings({ host }: Facts): Finding[] {
  const { firewall, isRoot } = host;
  if (firewall.chains === null) {
    // That other users see no firewall is told once, for all that they do not see.
    if (!isRoot) return [];
    return [
      hostFinding('firewall-unseen', 'There is no nft to read the packet filter with.', {
        options: ['environment.systemPackages = [ pkgs.nftables ];'],
        advice: 'Install nftables; it need not be enabled.',
      }),
    ];
  }
  return [...inputFindings(host, firewall.chains), ...forwardFindings(host, firewall.chains)];
}

const linkNames = ({ links }: HostFacts) => (links.length === 0 ? [ANY_LINK] : links.map(({ name }) => name));

function inputFindings(host: HostFacts, chains: readonly Chain[]): Finding[] {
  const dropped = ASKED.map(({ service, protocol, port }) => ({
    service,
    chain: firstDrop(chains, linkNames(host), { hook: 'input', family: 'ip', out: null, protocol, port }),
  })).filter(({ chain }) => chain !== null);
  const [first] = dropped;
  if (first?.chain == null) return [];
  const services = dropped.map(({ service }) => service).join(', ');
  return [
    hostFinding(
      'firewall-input',
      `The firewall drops ${services} of containers (${chainText(first.chain)}).`,
      {
        options: ['nixos.containers.openFirewall = true;'],
        commands: inputCommands(host, first.chain),
      },
    ),
  ];
}

function forwardFindings(host: HostFacts, chains: readonly Chain[]): Finding[] {
  const { uplink } = host.forwarding.IPv4;
  if (uplink === null) return [];
  const packet = { hook: 'forward', family: 'ip', out: uplink, protocol: 'tcp', port: OUTSIDE_PORT } as const;
  const chain = firstDrop(chains, linkNames(host), packet);
  if (chain === null) return [];
  return [
    hostFinding(
      'firewall-forward',
      `The firewall drops what containers send out by ${uplink} (${chainText(chain)}).`,
      {
        options: ['nixos.containers.enableNat = true;'],
        commands: forwardCommands(host, chain),
      },
    ),
  ];
}

function firstDrop(
  chains: readonly Chain[],
  links: readonly string[],
  packet: Omit<Packet, 'in'>,
): Chain | null {
  for (const link of links) {
    const chain = droppedBy({ ...packet, in: link }, chains);
    if (chain !== null) return chain;
  }
  return null;
}

const chainText = ({ family, table, name }: Chain) => `chain ${name} of table ${family} ${table}`;

/** Kinds of interfaces of containers: of one, of a zone, of a further link. */
const KINDS = ['ve', 'vz', 'vb'];

function inputCommands({ firewall }: HostFacts, chain: Chain): Argv[] {
  switch (firewall.manager) {
    case 'ufw':
      return KINDS.flatMap((kind) =>
        PORTS.map(
          (port): Argv => [
            'ufw',
            'allow',
            'in',
            'on',
            `${kind}-+`,
            'to',
            'any',
            'port',
            `${port}`,
            'proto',
            'udp',
          ],
        ),
      );
    case 'firewalld':
      return trusted();
    default:
      return isOfIptables(chain)
        ? KINDS.map(
            (kind): Argv => [
              'iptables',
              '-I',
              'INPUT',
              '-i',
              `${kind}-+`,
              '-p',
              'udp',
              '-m',
              'multiport',
              '--dports',
              PORTS.join(','),
              '-j',
              'ACCEPT',
            ],
          )
        : KINDS.map((kind) =>
            nftInsert(chain, ['iifname', `${kind}-*`, 'udp', 'dport', `{ ${PORTS.join(', ')} }`]),
          );
  }
}

function forwardCommands({ firewall }: HostFacts, chain: Chain): Argv[] {
  switch (firewall.manager) {
    case 'ufw':
      return KINDS.map((kind): Argv => ['ufw', 'route', 'allow', 'in', 'on', `${kind}-+`]);
    case 'firewalld':
      return trusted();
    default: {
      const answers = ['ESTABLISHED,RELATED'] as const;
      return isOfIptables(chain)
        ? [
            ['iptables', '-I', 'FORWARD', '-m', 'conntrack', '--ctstate', ...answers, '-j', 'ACCEPT'],
            ...KINDS.map((kind): Argv => ['iptables', '-I', 'FORWARD', '-i', `${kind}-+`, '-j', 'ACCEPT']),
          ]
        : [
            nftInsert(chain, ['ct', 'state', 'established,related']),
            ...KINDS.map((kind) => nftInsert(chain, ['iifname', `${kind}-*`])),
          ];
    }
  }
}

/** In firewalld, interfaces belong to a zone; `trusted` lets all through. */
const trusted = (): Argv[] => [
  ...KINDS.map(
    (kind): Argv => ['firewall-cmd', '--permanent', '--zone=trusted', `--add-interface=${kind}-+`],
  ),
  ['firewall-cmd', '--reload'],
];

const isOfIptables = ({ family, table, name }: Chain) =>
  family === 'ip' && table === 'filter' && name === name.toUpperCase();

/** One word for nft(8), which parses its arguments joined by spaces; a name with `*` needs its quotes there. */
function nftInsert({ family, table, name }: Chain, match: readonly string[]): Argv {
  const words = match.map((word) => (word.endsWith('*') ? `"${word}"` : word));
  return ['nft', ['insert', 'rule', family, table, name, ...words, 'accept'].join(' ')];
}
