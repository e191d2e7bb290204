import type { PresetKit } from 'nixos-nspawn/plugin';
import { findLink, ownInterfaces } from './host.js';
import { requireOneLink } from './one-link.js';
import { parseAddress, parsePrefix } from './prefix.js';

/** `macvlan` and `ipvlan`: a separate device for the container on an interface of the host. */
export const onUplink = ({ z, preset, file }: PresetKit, kind: 'macvlan' | 'ipvlan', summary: string) => {
  const device = kind === 'macvlan' ? 'mv' : 'iv';
  return preset({
    name: kind,
    summary,
    parameters: z.object({
      interface: z
        .string()
        .regex(/^[A-Za-z0-9._-]{1,15}$/, 'must be the name of an interface')
        .describe("The host's interface"),
      address: z
        .array(
          z
            .string()
            .refine(
              (text) => parsePrefix(text) !== null && text.includes('/'),
              'must be an address with a prefix length',
            ),
        )
        .default([])
        .describe('Fixed addresses; by default, the container uses DHCP'),
      gateway: z
        .array(z.string().refine((text) => parseAddress(text) !== null, 'must be an address'))
        .default([])
        .describe('With fixed addresses: the default gateway'),
      dns: z
        .array(z.string().refine((text) => parseAddress(text) !== null, 'must be an address'))
        .default([])
        .describe('With fixed addresses: name servers'),
    }),
    positional: 'interface',
    example: `${kind}:eth0`,
    brings: [
      `the interface ${device}-INTERFACE in the container, without a link to the host`,
      'the kernel passes no packets between the host and this interface',
    ],
    apply: async (parameters, context) => {
      requireOneLink(context);
      const link = await findLink(context, parameters.interface);
      if (link === null)
        context.refuse(`Interface '${parameters.interface}' does not exist.`, [
          `Interfaces of the host: ${(await ownInterfaces(context)).join(', ')}.`,
        ]);
      if (link?.flags?.includes('LOOPBACK'))
        context.refuse('The loopback interface has no connection to other hosts.', [
          'Choose another interface.',
        ]);
      return { modules: [{ module: file(`nix/${kind}.nix`), parameters }] };
    },
  });
};
