import { BlockList } from 'node:net';
import type { Argv } from '../../process.js';
import type { Facts } from '../facts.js';
import { type Finding, hostFinding } from '../finding.js';
import { expectedMappings } from '../firewall/forwarding.js';
import type { PacketFamily } from '../firewall/model.js';

const FAMILIES: readonly PacketFamily[] = ['ip', 'ip6'];

/** That systemd's own tables still masquerade the links that networkd was told to, and can forward ports. */
export function masqueradingFindings({ host, containers }: Facts): Finding[] {
  const { masqueraded, forwarded, systemdTable } = host.firewall;
  if (masqueraded === null) return [];
  const covered = toBlockList(masqueraded);
  const bare = host.links.filter(
    ({ masquerades, address }) => masquerades && address !== null && !covered.check(address, 'ipv4'),
  );
  const mappings = containers.flatMap(expectedMappings);
  // Where systemd uses iptables it has no tables of its own.
  const usesIptables = forwarded?.some(({ tool }) => tool === 'iptables') ?? false;
  const broken = usesIptables
    ? []
    : FAMILIES.filter(
        (family) => systemdTable[family] !== 'whole' && mappings.some((mapping) => mapping.family === family),
      );
  if (bare.length === 0 && broken.length === 0) return [];
  const problems = [
    ...(bare.length === 0
      ? []
      : [`does not masquerade ${bare.map(({ name }) => name).join(', ')}, though networkd was told to`]),
    ...(broken.length === 0 ? [] : ['forwards no port']),
  ];
  // systemd makes a table that is not there, and does not repair one that is; doctor then finds the ports that it lacks.
  const emptied = FAMILIES.filter((family) => systemdTable[family] === 'emptied');
  return [
    hostFinding('nat-missing', `nftables' table io.systemd.nat ${problems.join(' and ')}.`, {
      commands: [
        ...emptied.map((family): Argv => ['nft', `delete table ${family} io.systemd.nat`]),
        ['systemctl', 'restart', 'systemd-networkd.service'],
      ],
    }),
  ];
}

function toBlockList(sources: readonly string[]): BlockList {
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
