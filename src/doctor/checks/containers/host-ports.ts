import { check, error, warning } from '../../check.js';
import { containers, type Examined } from '../../facts/containers.js';
import { listeningPorts } from '../../facts/listening-ports.js';
import { containerProblem, type Problem } from '../../finding.js';

/** Whether a port of the host that is forwarded to a container is used by that container alone. */
export const hostPorts = check({
  findings: {
    'port-twice': error('Only one of these containers receives the traffic.'),
    'port-taken': warning(
      "Connections from other hosts reach the container instead of the host's own service.",
    ),
  },
  look: { containers, listening: listeningPorts },
  judge: ({ containers, listening }) =>
    [...users(containers)].flatMap(([port, names]): Problem<'port-twice' | 'port-taken'>[] => {
      const [first, second] = names;
      if (first === undefined) return [];
      if (second !== undefined)
        return [
          containerProblem('port-twice', second, `${port} is forwarded to ${names.join(' and to ')}.`, {
            advice: 'Set another hostPort in forwardPorts of one of them, and update it.',
          }),
        ];
      if (!listening.some((socket) => portText(socket.protocol, socket.port) === port)) return [];
      return [
        containerProblem(
          'port-taken',
          first,
          `${port} is forwarded to ${first}, and a program on the host also listens on it.`,
          {
            advice:
              "'ss --listening --numeric --processes' shows the program. Use another port for the program or the container.",
          },
        ),
      ];
    }),
});

/** The containers that each port of the host is forwarded to. */
function users(containers: readonly Examined[]): Map<string, Examined['container']['name'][]> {
  const all = new Map<string, Examined['container']['name'][]>();
  for (const { container } of containers)
    for (const { protocol, hostPort } of container.settings?.forwardPorts ?? []) {
      const port = portText(protocol, hostPort);
      all.set(port, [...(all.get(port) ?? []), container.name]);
    }
  return all;
}

const portText = (protocol: string, port: number) => `${protocol.toUpperCase()} port ${port}`;
