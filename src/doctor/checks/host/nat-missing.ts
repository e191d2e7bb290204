import { BlockList } from 'node:net';
import type { Argv } from '../../../base/process.js';
import { check, warning } from '../../check.js';
import { containers } from '../../facts/containers.js';
import { links } from '../../facts/links.js';
import { packetFilter } from '../../facts/packet-filter.js';
import { hostProblem } from '../../finding.js';
import { expectedMappings } from '../../firewall/forwarding.js';
import type { PacketFamily } from '../../firewall/model.js';

const FAMILIES: readonly PacketFamily[] = ['ip', 'ip6'];

/** Whether systemd's tables still masquerade the links that networkd was configured to masquerade, and can forward ports. */
export const natMissing = check({
  findings: {
    'nat-missing': warning(
      'Without it, replies from outside do not reach containers, and forwarded ports do not work.',
    ),
  },
  look: { containers, links, firewall: packetFilter },
  judge: ({ containers, links, firewall }) => {
    const { masqueraded, forwarded, systemdTable } = firewall;
    if (masqueraded === null) return [];
    const covered = blockList(masqueraded);
    const bare = links.filter(
      ({ masquerades, address }) => masquerades && address !== null && !covered.check(address, 'ipv4'),
    );
    const mappings = containers.flatMap(expectedMappings);
    // If systemd uses iptables, it has no tables of its own.
    const usesIptables = forwarded?.some(({ tool }) => tool === 'iptables') ?? false;
    const broken = usesIptables
      ? []
      : FAMILIES.filter(
          (family) =>
            systemdTable[family] !== 'whole' && mappings.some((mapping) => mapping.family === family),
        );
    if (bare.length === 0 && broken.length === 0) return [];
    const defects = [
      ...(bare.length === 0
        ? []
        : [`lacks the masquerading that networkd configured for ${bare.map(({ name }) => name).join(', ')}`]),
      ...(broken.length === 0 ? [] : ['forwards no port']),
    ];
    // systemd creates a missing table, but does not repair an existing one. port-dead then finds the ports that it lacks.
    const emptied = FAMILIES.filter((family) => systemdTable[family] === 'emptied');
    return [
      hostProblem('nat-missing', `The nftables table io.systemd.nat ${defects.join(' and ')}.`, {
        commands: [
          ...emptied.map((family): Argv => ['nft', `delete table ${family} io.systemd.nat`]),
          ['systemctl', 'restart', 'systemd-networkd.service'],
        ],
      }),
    ];
  },
});

function blockList(sources: readonly string[]): BlockList {
  const list = new BlockList();
  for (const source of sources.filter((text) => !text.includes(':'))) {
    const [network, length] = source.split('/');
    const [first, last] = source.split('-');
    if (network !== undefined && length !== undefined) list.addSubnet(network, Number(length), 'ipv4');
    else if (first !== undefined && last !== undefined) list.addRange(first, last, 'ipv4');
    else list.addAddress(source, 'ipv4');
  }
  return list;
}
