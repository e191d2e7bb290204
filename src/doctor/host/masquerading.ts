import { BlockList } from 'node:net';
import type { Argv } from '../../process.js';
import type { Facts } from '../facts.js';
import { type Finding, hostFinding } from '../finding.js';

/** That systemd's own table still masquerades the links that networkd was told to. */
export function masqueradingFindings({ host, containers }: Facts): Finding[] {
  const { masqueraded } = host.firewall;
  if (masqueraded === null) return [];
  const covered = toBlockList(masqueraded);
  const bare = host.links.filter(
    ({ masquerades, address }) => masquerades && address !== null && !covered.check(address, 'ipv4'),
  );
  if (bare.length === 0) return [];
  // networkd makes its table when it starts; nspawn puts forwarded ports there when it starts a container.
  const restarts = containers
    .filter(({ machine, found }) => machine !== null && (found.settings?.forwardPorts.length ?? 0) > 0)
    .map(({ found }): Argv => ['systemctl', 'restart', found.places.service]);
  return [
    hostFinding(
      'nat-missing',
      `nftables' table io.systemd.nat does not masquerade ${bare.map(({ name }) => name).join(', ')}, though networkd was told to.`,
      { commands: [['systemctl', 'restart', 'systemd-networkd.service'], ...restarts] },
    ),
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
