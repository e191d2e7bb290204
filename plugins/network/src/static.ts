import type { PresetContext, PresetKit } from 'nixos-nspawn/plugin';
import { overlappingRoute, requireForwarding } from './host.js';
import { linkPreset } from './one-link.js';
import { overlaps, parseAddress, parsePrefix } from './prefix.js';

export const fixed = ({ z, preset, file }: PresetKit) => {
  const address = z
    .string()
    .refine(
      (text) => parsePrefix(text) !== null && text.includes('/'),
      'must be an address with a prefix length',
    );
  const plain = z.string().refine((text) => parseAddress(text) !== null, 'must be an address');
  return preset({
    name: 'static',
    summary: 'Fixed addresses for the container, instead of DHCP',
    parameters: z.object({
      address: z.array(address).min(1).describe("The container's addresses, like 10.50.0.2/24"),
      gateway: z
        .array(plain)
        .default([])
        .describe("The default gateway; on a link of its own, the host's address"),
      dns: z.array(plain).default([]).describe('Name servers'),
    }),
    positional: 'address',
    example: 'static:10.50.0.2/24,gateway=10.50.0.1,dns=9.9.9.9',
    brings: [
      'the addresses in the container, which does not use DHCP',
      "on a link of its own (without 'zone' or 'bridge'): the gateway as the host's address, without a DHCP server",
    ],
    apply: async ({ address: addresses, gateway, dns }, context) => {
      const link = linkPreset(context);
      if (link !== null && link !== 'zone' && link !== 'bridge')
        context.refuse(`Preset 'static' cannot be combined with '${link}'.`, [
          link === 'host' || link === 'none' ? 'Omit it.' : `Pass the addresses to '${link}' itself.`,
        ]);
      const ends = gateway.map((end) => ({ end, length: lengthFor(context, end, addresses) }));
      const hostAddress = link === null ? ends.map(({ end, length }) => `${end}/${length}`) : [];
      if (link === null) {
        if (hostAddress.length === 0)
          context.refuse(
            "On a link of its own, the container needs a gateway, which becomes the host's address.",
            ['Add gateway=ADDRESS with an address in the same network.'],
          );
        for (const text of addresses) await requireFree(context, text);
        await requireForwarding(context, 4, 'masquerades');
      }
      const parameters = { address: addresses, gateway, dns, hostAddress };
      return { modules: [{ module: file('nix/static.nix'), parameters }] };
    },
  });
};

/** The prefix length of the network that contains the gateway and one of the addresses. */
function lengthFor(context: PresetContext, gateway: string, addresses: readonly string[]): number {
  const end = parsePrefix(gateway);
  const networks = addresses.map(parsePrefix).filter((network) => network !== null);
  const shared = end === null ? undefined : networks.find((network) => overlaps(network, end));
  return (
    shared?.length ?? context.refuse(`Gateway ${gateway} is not in the network of ${addresses.join(', ')}.`)
  );
}

async function requireFree(context: PresetContext, text: string): Promise<void> {
  const prefix = parsePrefix(text);
  if (prefix === null) return;
  const own = `ve-${context.container}`.slice(0, 15);
  const route = await overlappingRoute(context, prefix, [own]);
  if (route !== null)
    context.refuse(`${text} overlaps ${route.prefix}, which the host routes to ${route.interface}.`, [
      'Choose another network.',
    ]);
}
