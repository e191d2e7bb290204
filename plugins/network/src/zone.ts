import type { PresetKit } from 'nixos-nspawn/plugin';
import { overlappingRoute } from './host.js';
import { requireOneLink } from './one-link.js';
import { parsePrefix } from './prefix.js';
import { ownerOf, sharedNetwork } from './shared-network.js';

export const zone = ({ z, preset, file }: PresetKit) =>
  preset({
    name: 'zone',
    summary: 'A network behind the host that all containers of the zone share',
    parameters: z.object({
      name: z
        .string()
        .regex(
          /^[A-Za-z0-9._-]{1,12}$/,
          'must be the name of a zone (1 to 12 letters, digits, "-", ".", "_")',
        )
        .describe('The zone; its interface on the host is vz-NAME'),
      address: z
        .string()
        .refine(
          (text) => parsePrefix(text) !== null && text.includes('/'),
          'must be an address with a prefix length',
        )
        .optional()
        .describe("The host's address in it, like 10.77.0.1/24; by default, systemd picks a free network"),
    }),
    positional: 'name',
    example: 'zone:internal',
    brings: [
      'the interface vz-NAME on the host, with a DHCP server and masquerading',
      '/etc/systemd/network/20-vz-NAME.network, unless the host has one; it is deleted with the last container of the zone',
    ],
    apply: async ({ name, address }, context) => {
      requireOneLink(context);
      const path = `/etc/systemd/network/20-vz-${name}.network`;
      const modules = [{ module: file('nix/zone.nix'), parameters: { name } }];
      if ((await ownerOf(context.root, path)) === 'host') {
        if (address !== undefined)
          context.refuse(`Zone '${name}' is already declared on this host, in ${path}.`, [
            "Omit 'address', or choose another name.",
          ]);
        return { modules };
      }
      const prefix = address === undefined ? null : parsePrefix(address);
      const route = prefix === null ? null : await overlappingRoute(context, prefix, [`vz-${name}`]);
      if (route !== null)
        context.refuse(`${address} overlaps ${route.prefix}, which the host routes to ${route.interface}.`, [
          'Choose another one, or omit it to use a free one.',
        ]);
      const content = sharedNetwork([`Name=vz-${name}`, 'Driver=bridge'], address ?? '0.0.0.0/24');
      return { modules, hostFiles: [{ path, content }] };
    },
  });
