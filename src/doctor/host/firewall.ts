import type { Argv } from '../../process.js';
import type { Facts, HostFacts } from '../facts.js';
import { type Finding, hostFinding } from '../finding.js';
import {
  acceptAnswers,
  chainText,
  iptablesAccept,
  isOfIptables,
  KINDS,
  nftAccept,
  trusted,
} from '../firewall/accept.js';
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

/** From where a client may ask, and so where the answer to it goes. */
export const ANY_CLIENT_PORT = 50_000;

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
    chain: firstDrop(chains, linkNames(host), {
      hook: 'input',
      family: 'ip',
      out: null,
      protocol,
      port,
      state: 'new',
      translated: false,
    }),
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
  const packet = { hook: 'forward', family: 'ip', protocol: 'tcp', translated: false } as const;
  const chain = firstDrop(chains, linkNames(host), {
    ...packet,
    out: uplink,
    port: OUTSIDE_PORT,
    state: 'new',
  });
  const answers = linkNames(host)
    .map((link) =>
      droppedBy({ ...packet, in: uplink, out: link, port: ANY_CLIENT_PORT, state: 'established' }, chains),
    )
    .find((found) => found !== null);
  const guilty = chain ?? answers ?? null;
  if (guilty === null) return [];
  const what =
    chain === null
      ? `The firewall drops the answers that containers get by ${uplink} (${chainText(guilty)}).`
      : `The firewall drops what containers send out by ${uplink} (${chainText(guilty)}).`;
  return [
    hostFinding('firewall-forward', what, {
      options: ['nixos.containers.enableNat = true;'],
      commands: forwardCommands(host, guilty),
    }),
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

function forwardCommands({ firewall }: HostFacts, chain: Chain): Argv[] {
  switch (firewall.manager) {
    case 'ufw':
      return KINDS.map((kind): Argv => ['ufw', 'route', 'allow', 'in', 'on', `${kind}-+`]);
    case 'firewalld':
      return trusted();
    default:
      return [
        acceptAnswers(chain),
        ...KINDS.map((kind) =>
          isOfIptables(chain)
            ? iptablesAccept(chain, ['-i', `${kind}-+`])
            : nftAccept(chain, ['iifname', `${kind}-*`]),
        ),
      ];
  }
}
