import type { PresetContext, PresetKit } from 'nixos-nspawn/plugin';
import { findLink, overlappingRoute } from './host.js';
import { requireOneLink } from './one-link.js';
import { parsePrefix } from './prefix.js';
import { MARK, ownerOf, sharedNetwork } from './shared-network.js';

export const bridge = ({ z, preset, file }: PresetKit) =>
  preset({
    name: 'bridge',
    summary: 'A connection to a bridge of the host',
    parameters: z.object({
      name: z
        .string()
        .regex(/^[A-Za-z0-9._-]{1,15}$/, 'must be the name of an interface')
        .describe('The bridge'),
      create: z.boolean().default(false).describe('Create the bridge if it does not exist'),
      address: z
        .string()
        .refine(
          (text) => parsePrefix(text) !== null && text.includes('/'),
          'must be an address with a prefix length',
        )
        .optional()
        .describe("With create: the host's address on it; by default, systemd picks a free network"),
    }),
    positional: 'name',
    example: 'bridge:br0',
    brings: [
      'with create: /etc/systemd/network/20-NAME.netdev and .network, with a DHCP server and masquerading',
      'both files and the bridge are deleted with the last container that uses them',
    ],
    apply: async ({ name, create, address }, context) => {
      requireOneLink(context);
      const modules = [{ module: file('nix/bridge.nix'), parameters: { name } }];
      const netdev = `/etc/systemd/network/20-${name}.netdev`;
      const isOurs = (await ownerOf(context.root, netdev)) === 'preset';
      const link = await findLink(context, name);
      if (link !== null && link.linkinfo?.info_kind !== 'bridge')
        context.refuse(`Interface '${name}' is not a bridge.`, ['Choose an interface that is a bridge.']);
      if (!create) {
        if (address !== undefined)
          context.refuse("'address' can only be used with create=yes.", ['Omit it.']);
        if (link === null)
          context.refuse(`Bridge '${name}' does not exist.`, [
            'Create it first, or let the preset create it with create=yes.',
          ]);
        return { modules };
      }
      if (link !== null && !isOurs) return { modules };
      await requireFree(context, name, address);
      return {
        modules,
        hostFiles: [
          { path: netdev, content: `${MARK}\n[NetDev]\nName=${name}\nKind=bridge\n` },
          {
            path: `/etc/systemd/network/20-${name}.network`,
            content: sharedNetwork([`Name=${name}`, 'Kind=bridge'], address ?? '0.0.0.0/24'),
          },
        ],
      };
    },
  });

async function requireFree(context: PresetContext, name: string, address: string | undefined): Promise<void> {
  const prefix = address === undefined ? null : parsePrefix(address);
  const route = prefix === null ? null : await overlappingRoute(context, prefix, [name]);
  if (route !== null)
    context.refuse(`${address} overlaps ${route.prefix}, which the host routes to ${route.interface}.`, [
      'Choose another one, or omit it to use a free one.',
    ]);
}
