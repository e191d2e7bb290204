import type { Argv } from '../../../base/process.js';
import { check, error } from '../../check.js';
import { forwarding } from '../../facts/forwarding.js';
import { links } from '../../facts/links.js';
import { packetFilter } from '../../facts/packet-filter.js';
import { hostProblem } from '../../finding.js';
import {
  acceptAnswers,
  chainText,
  iptablesAccept,
  isOfIptables,
  KINDS,
  nftAccept,
  trusted,
} from '../../firewall/accept.js';
import { ANY_CLIENT_PORT, firstDrop, linkNames } from '../../firewall/container-packets.js';
import { droppedBy } from '../../firewall/evaluate.js';
import type { Chain, Firewall } from '../../firewall/model.js';

/** A port of another host that a container may connect to. */
const OUTSIDE_PORT = 443;

/** Whether the packet filter lets containers connect to other hosts, and lets the replies back. */
export const firewallForward = check({
  findings: { 'firewall-forward': error('Containers cannot connect to other hosts.') },
  look: { firewall: packetFilter, links, forwarding },
  judge: ({ firewall, links, forwarding }) => {
    const { uplink } = forwarding.IPv4;
    if (uplink === null || firewall.chains === null) return [];
    const { chains } = firewall;
    const packet = { hook: 'forward', family: 'ip', protocol: 'tcp', translated: false } as const;
    const request = firstDrop(chains, linkNames(links), {
      ...packet,
      out: uplink,
      port: OUTSIDE_PORT,
      state: 'new',
    });
    const reply =
      linkNames(links)
        .map((link) =>
          droppedBy(
            { ...packet, in: uplink, out: link, port: ANY_CLIENT_PORT, state: 'established' },
            chains,
          ),
        )
        .find((found) => found !== null) ?? null;
    const guilty = request ?? reply;
    if (guilty === null) return [];
    const what =
      request === null
        ? `The firewall drops replies to containers that arrive at ${uplink} (${chainText(guilty)}).`
        : `The firewall drops packets that containers send through ${uplink} (${chainText(guilty)}).`;
    return [
      hostProblem('firewall-forward', what, {
        options: ['nixos.containers.enableNat = true;'],
        commands: acceptingCommands(firewall.manager, guilty),
      }),
    ];
  },
});

function acceptingCommands(manager: Firewall['manager'], chain: Chain): Argv[] {
  switch (manager) {
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
