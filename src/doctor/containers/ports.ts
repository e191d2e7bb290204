import type { ContainerName } from '../../container/name.js';
import type { Facts } from '../facts.js';
import { containerFinding, type Finding } from '../finding.js';

/** Forwarded ports of the host: each for one container, and for no program of the host's own. */
export function portFindings({ containers, host: { listening } }: Facts): Finding[] {
  const users = new Map<string, ContainerName[]>();
  for (const { found } of containers)
    for (const { protocol, hostPort } of found.settings?.forwardPorts ?? []) {
      const key = `${protocol} ${hostPort}`;
      users.set(key, [...(users.get(key) ?? []), found.name]);
    }
  return [...users].flatMap(([key, names]): Finding[] => {
    const [first, second] = names;
    if (first === undefined) return [];
    const advice = `Give one of them another hostPort in forwardPorts, and update it.`;
    if (second !== undefined)
      return [
        containerFinding('port-twice', second, `Port ${key} is forwarded to ${names.join(' and to ')}.`, {
          advice,
        }),
      ];
    if (!listening.some(({ protocol, port }) => `${protocol} ${port}` === key)) return [];
    return [
      containerFinding(
        'port-taken',
        first,
        `Port ${key} is forwarded to ${first}, and a program of the host listens on it too.`,
        {
          advice: `'ss --listening --numeric --processes' names the program; give it or the container another port.`,
        },
      ),
    ];
  });
}
