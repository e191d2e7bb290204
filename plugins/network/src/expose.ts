import type { PresetContext, PresetKit } from 'nixos-nspawn/plugin';
import { listeningPorts, requireForwarding } from './host.js';
import { linkPreset } from './one-link.js';
import { type Forward, parseForward } from './ports.js';

export const expose = ({ z, preset, file }: PresetKit) =>
  preset({
    name: 'expose',
    summary: 'Ports of the host that are forwarded to the container',
    parameters: z.object({
      ports: z
        .array(
          z
            .string()
            .refine(
              (text) => parseForward(text) !== null,
              'must be a port like 8080:80, 53:53/udp or 8000-8010',
            ),
        )
        .min(1)
        .describe('HOST[:CONTAINER][/udp]; each a port or a range, both of the same length'),
    }),
    positional: 'ports',
    example: 'expose:8080:80,53:53/udp',
    brings: ["nixosContainer.forwardPorts; they answer on the host's addresses, but not on its loopback"],
    apply: async ({ ports }, context) => {
      const link = linkPreset(context);
      if (link !== null && link !== 'zone' && link !== 'bridge')
        context.refuse(`Preset 'expose' cannot be combined with '${link}'.`, [
          link === 'host'
            ? "With 'host', the container already uses the ports of the host."
            : 'Omit one of them.',
        ]);
      const forwards = ports.flatMap((text) => parseForward(text) ?? []);
      requireDistinct(context, forwards);
      requireFreeOfNeighbours(context, forwards);
      await requireNobodyListens(context, forwards);
      await requireForwarding(context, 4, 'masquerades');
      return { modules: [{ module: file('nix/expose.nix'), parameters: { ports } }] };
    },
  });

const isSame = (a: Pick<Forward, 'hostPort' | 'protocol'>, b: Pick<Forward, 'hostPort' | 'protocol'>) =>
  a.hostPort === b.hostPort && a.protocol === b.protocol;
const named = ({ hostPort, protocol }: Pick<Forward, 'hostPort' | 'protocol'>) =>
  `${protocol} port ${hostPort}`;

function requireDistinct(context: PresetContext, forwards: readonly Forward[]): void {
  const twice = forwards.find((one, index) => forwards.slice(0, index).some((other) => isSame(one, other)));
  if (twice !== undefined) context.refuse(`The host's ${named(twice)} is forwarded twice.`);
}

function requireFreeOfNeighbours(context: PresetContext, forwards: readonly Forward[]): void {
  for (const { container, settings } of context.neighbours) {
    const taken = forwards.find((one) => settings?.forwardPorts.some((theirs) => isSame(one, theirs)));
    if (taken !== undefined)
      context.refuse(`The host's ${named(taken)} is already forwarded to container '${container}'.`, [
        'Choose another one.',
      ]);
  }
}

async function requireNobodyListens(context: PresetContext, forwards: readonly Forward[]): Promise<void> {
  const listening = await listeningPorts(context);
  const taken = forwards.find((one) =>
    listening.some(({ port, protocol }) => isSame(one, { hostPort: port, protocol })),
  );
  if (taken !== undefined)
    context.refuse(`The host's ${named(taken)} is already in use: a process listens on it.`, [
      `'ss --listening --processes sport = :${taken.hostPort}' shows the process. Choose another port.`,
    ]);
}
