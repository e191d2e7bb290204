import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PresetContext, PresetKit } from 'nixos-nspawn/plugin';
import { overlappingRoute, requireForwarding } from './host.js';
import { requireOwnLink } from './one-link.js';
import { overlaps, type Prefix, parsePrefix, renderPrefix } from './prefix.js';

/** Unique local addresses: fc00::/7 (RFC 4193). */
const UNIQUE_LOCAL: Prefix = { family: 6, network: 0xfcn << 120n, length: 7 };

const SUBNETS = 0x10000;

export const ula = ({ z, preset, file }: PresetKit) =>
  preset({
    name: 'ula',
    summary:
      "A unique local IPv6 /64 on the container's own link, so that IPv6 works, including forwarded ports",
    parameters: z.object({
      prefix: z
        .string()
        .refine((text) => isSubnet(text), 'must be a /64 within fc00::/7 that ends with "::/64"')
        .optional()
        .describe("The /64, like fd12:3456:789a:1::/64; by default, one of the host's own /48"),
    }),
    positional: 'prefix',
    example: 'ula',
    brings: [
      "the address PREFIX::1 for the host and PREFIX::2 for the container, on the container's link",
      'router advertisements for the prefix, and masquerading',
      "a recorded prefix: by default a /64 of the host's /48, which is derived from its machine id (RFC 4193, 3.2)",
    ],
    apply: async ({ prefix: given }, context) => {
      requireOwnLink(context, 'ula');
      const taken = neighbourPrefixes(context);
      const prefix = given === undefined ? await ownSubnet(context, taken) : subnet(given);
      const rival = taken.find(({ prefix: theirs }) => overlaps(prefix, theirs));
      if (rival !== undefined)
        context.refuse(
          `Prefix ${renderPrefix(prefix)} overlaps the prefix of container '${rival.container}'.`,
          ['Choose another one, or omit it to use a free one.'],
        );
      const route = await overlappingRoute(context, prefix, [`ve-${context.container}`]);
      if (route !== null && !(await isOwnLink(context, route.interface)))
        context.refuse(
          `Prefix ${renderPrefix(prefix)} overlaps ${route.prefix}, which the host routes to ${route.interface}.`,
          ['Choose another one, or omit it to use a free one.'],
        );
      await requireForwarding(context, 6, 'masquerades');
      const text = renderPrefix(prefix);
      return {
        modules: [{ module: file('nix/ula.nix'), parameters: { prefix: text } }],
        remember: { prefix: text },
      };
    },
  });

/**
 * Whether an interface is the container's link. Compares alternative names too, since the kernel's name is cut to 15
 * characters.
 */
async function isOwnLink(context: PresetContext, name: string): Promise<boolean> {
  const { stdout } = await context.exec(['ip', '-json', 'link', 'show', 'dev', name], {
    acceptCodes: [0, 1],
  });
  return stdout.includes(`"ve-${context.container}"`);
}

function isSubnet(text: string): boolean {
  const prefix = parsePrefix(text);
  return prefix !== null && prefix.length === 64 && overlaps(prefix, UNIQUE_LOCAL) && text.endsWith('::/64');
}

function subnet(text: string): Prefix {
  const prefix = parsePrefix(text);
  if (prefix === null) throw new Error(`${text} was checked to be a prefix`);
  return prefix;
}

/**
 * Derived from the container's name, so that it is the same next time. If another container uses it, the next free one.
 */
async function ownSubnet(context: PresetContext, taken: readonly { prefix: Prefix }[]): Promise<Prefix> {
  const site = await sitePrefix(context.root);
  const wished = createHash('sha256').update(context.container).digest().readUInt16BE(0);
  for (let step = 0; step < SUBNETS; step++) {
    const number = BigInt((wished + step) % SUBNETS);
    const prefix: Prefix = { family: 6, network: site | (number << 64n), length: 64 };
    if (!taken.some(({ prefix: theirs }) => overlaps(prefix, theirs))) return prefix;
  }
  return context.refuse("The host's /48 has no free /64.", ['Choose a prefix with ula:prefix=....']);
}

/**
 * The host's own /48: `fd`, followed by 40 bits that are unique to this host. RFC 4193 (3.2.2) hashes the time and a
 * hardware address. The machine id was generated at random once, so its hash need not be stored. It is hashed together
 * with a text of this tool, because machine-id(5) requires it to be kept secret.
 */
async function sitePrefix(root: string): Promise<bigint> {
  const machineId = (await readFile(join(root, 'etc/machine-id'), 'utf8')).trim();
  const bits = createHash('sha256')
    .update(`nixos-nspawn unique local prefix\n${machineId}`)
    .digest('hex')
    .slice(0, 10);
  return (0xfdn << 120n) | (BigInt(`0x${bits}`) << 80n);
}

function neighbourPrefixes({ neighbours }: PresetContext): { container: string; prefix: Prefix }[] {
  return neighbours.flatMap(({ container, settings, presets }) =>
    [
      ...presets.map(({ parameters }) => parameters.prefix),
      ...prefixesOf(settings?.hostNetworkConfig),
    ].flatMap((text) => {
      const prefix = typeof text === 'string' ? parsePrefix(text) : null;
      return prefix === null ? [] : [{ container, prefix }];
    }),
  );
}

/** The prefixes in `ipv6Prefixes = [ { Prefix = …; } ]` of a container's settings, which are not validated. */
function prefixesOf(config: unknown): unknown[] {
  if (!isRecord(config) || !Array.isArray(config.ipv6Prefixes)) return [];
  return config.ipv6Prefixes.map((entry: unknown) => (isRecord(entry) ? entry.Prefix : null));
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
