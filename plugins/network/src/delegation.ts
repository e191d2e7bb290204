import { readdir, readFile } from 'node:fs/promises';
import type { PresetContext, PresetKit } from 'nixos-nspawn/plugin';
import { defaultInterface, findLink, overlappingRoute, ownInterfaces, requireForwarding } from './host.js';
import { requireOwnLink } from './one-link.js';
import { overlaps, parsePrefix } from './prefix.js';

export const delegation = ({ z, preset, file }: PresetKit) =>
  preset({
    name: 'ipv6-delegation',
    summary: 'Public IPv6 addresses for the container, without translation',
    parameters: z.object({
      prefix: z
        .string()
        .refine((text) => parsePrefix(text)?.family === 6 && text.endsWith('/64'), 'must be an IPv6 /64')
        .optional()
        .describe('A /64 that is routed to the host; by default, one that DHCPv6 delegates to the uplink'),
      uplink: z
        .string()
        .regex(/^[A-Za-z0-9._-]{1,15}$/, 'must be the name of an interface')
        .optional()
        .describe('The interface that requests a delegated prefix; by default, any that does'),
      subnet: z
        .string()
        .regex(/^[0-9a-f]{1,4}$/i, 'must be a hexadecimal number')
        .optional()
        .describe(
          'The number of the /64 within the delegated prefix, in hexadecimal; by default, a free one',
        ),
    }),
    positional: 'prefix',
    example: 'ipv6-delegation:prefix=2001:db8:0:1::/64',
    brings: [
      "router advertisements for the prefix on the container's link; IPv4 is still masqueraded",
      'no NDP proxy: if the provider does not route the prefix, set IPv6ProxyNDP=yes and IPv6ProxyNDPAddress= for the uplink',
    ],
    apply: async ({ prefix, uplink, subnet }, context) => {
      requireOwnLink(context, 'ipv6-delegation');
      if (prefix === undefined) await requireUplink(context, uplink);
      else if (uplink !== undefined || subnet !== undefined)
        context.refuse("'uplink' and 'subnet' cannot be combined with 'prefix'.", ['Omit them.']);
      else await requireFree(context, prefix);
      await requireForwarding(context, 6, 'routes');
      const parameters = Object.fromEntries(
        Object.entries({ prefix, uplink, subnet }).filter(([, value]) => value !== undefined),
      );
      return { modules: [{ module: file('nix/ipv6-delegation.nix'), parameters }] };
    },
  });

async function requireFree(context: PresetContext, text: string): Promise<void> {
  const prefix = parsePrefix(text);
  if (prefix === null) return;
  const rival = context.neighbours.find(({ presets }) =>
    presets.some(({ parameters }) => {
      const theirs = typeof parameters.prefix === 'string' ? parsePrefix(parameters.prefix) : null;
      return theirs !== null && overlaps(prefix, theirs);
    }),
  );
  if (rival !== undefined)
    context.refuse(`Prefix ${text} overlaps the prefix of container '${rival.container}'.`, [
      'Choose another one.',
    ]);
  const route = await overlappingRoute(context, prefix, [`ve-${context.container}`.slice(0, 15)]);
  if (route !== null && route.interface !== 'no interface')
    context.refuse(`Prefix ${text} overlaps ${route.prefix}, which the host routes to ${route.interface}.`, [
      'Choose one that is routed to the host and not used there.',
    ]);
}

/** No prefix is delegated unless an interface requests one. */
async function requireUplink(context: PresetContext, uplink: string | undefined): Promise<void> {
  const name = uplink ?? (await defaultInterface(context, 6));
  if (name === null) {
    context.log.warn(
      'The host has no IPv6 default route yet. The container gets public addresses when a prefix is delegated to an uplink.',
    );
    return;
  }
  const link = await findLink(context, name);
  if (link === null)
    context.refuse(`Interface '${name}' does not exist.`, [
      `Interfaces of the host: ${(await ownInterfaces(context)).join(', ')}.`,
    ]);
  if (!(await asksForPrefix(context, name)))
    context.log.warn(
      `networkd does not request a prefix on ${name}. Set DHCP=ipv6 or IPv6AcceptRA=yes, and UseDelegatedPrefix=yes, in its .network file.`,
    );
}

/** Checks the .network file that networkd itself reports for the interface. */
async function asksForPrefix(context: PresetContext, name: string): Promise<boolean> {
  const { stdout } = await context.exec(['networkctl', 'status', name, '--json=short', '--no-pager'], {
    acceptCodes: [0, 1],
  });
  const status: unknown = stdout.trim() === '' ? {} : JSON.parse(stdout);
  const path =
    typeof status === 'object' && status !== null && 'NetworkFile' in status ? status.NetworkFile : null;
  if (typeof path !== 'string') return false;
  const texts = [await readFile(path, 'utf8')];
  for (const dropIn of await readdir(`${path}.d`).catch(() => []))
    texts.push(await readFile(`${path}.d/${dropIn}`, 'utf8'));
  const text = texts.join('\n');
  return (
    !/^UseDelegatedPrefix=(?:no|false|0)$/m.test(text) &&
    /^(?:DHCP=(?:yes|ipv6|true)|IPv6AcceptRA=(?:yes|true))$/m.test(text)
  );
}
