import type { Argv } from '../../process.js';
import type { ContainerFacts, Facts } from '../facts.js';
import { containerFinding, type Finding } from '../finding.js';
import {
  addMapping,
  deleteMapping,
  type ExpectedMapping,
  expectedMappings,
  leadsTo,
  mappingOf,
} from '../firewall/forwarding.js';

/** Forwarded ports of the host: each leads to its container, to one alone, and is no program's of the host. */
export function portFindings(facts: Facts): Finding[] {
  return [...sharedPorts(facts), ...deadPorts(facts)];
}

function sharedPorts({ containers, host: { listening } }: Facts): Finding[] {
  const users = new Map<string, ContainerFacts[]>();
  for (const container of containers)
    for (const { protocol, hostPort } of container.found.settings?.forwardPorts ?? []) {
      const key = `${protocol} ${hostPort}`;
      users.set(key, [...(users.get(key) ?? []), container]);
    }
  return [...users].flatMap(([key, sharing]): Finding[] => {
    const [first, second] = sharing.map(({ found }) => found.name);
    if (first === undefined) return [];
    const advice = `Give one of them another hostPort in forwardPorts, and update it.`;
    if (second !== undefined)
      return [
        containerFinding(
          'port-twice',
          second,
          `Port ${key} is forwarded to ${sharing.map(({ found }) => found.name).join(' and to ')}.`,
          { advice },
        ),
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

/** What the packet filter lacks of the ports that running containers were promised. */
function deadPorts({ containers, host: { firewall } }: Facts): Finding[] {
  if (firewall.forwarded === null) return [];
  const expected = containers.map((container) => ({ container, mappings: expectedMappings(container) }));
  const wanted = expected.flatMap(({ mappings }) => mappings);
  const usesIptables = firewall.forwarded.some(({ tool }) => tool === 'iptables');
  return expected.flatMap(({ container: { found }, mappings }): Finding[] => {
    const dead = mappings.filter((mapping) => {
      // A table that lacks everything is told once, for the host.
      if (!usesIptables && firewall.systemdTable[mapping.family] !== 'whole') return false;
      const is = mappingOf(mapping, firewall);
      // Where another container has it, that both want it is what is told.
      return is === null || !wanted.some((other) => leadsTo(other, is));
    });
    if (dead.length === 0) return [];
    const commands = usesIptables
      ? [['systemctl', 'restart', found.places.service] satisfies Argv]
      : dead.flatMap((mapping) => {
          const is = mappingOf(mapping, firewall);
          return [...(is === null ? [] : [deleteMapping(is)]), addMapping(mapping)];
        });
    return [
      containerFinding(
        'port-dead',
        found.name,
        `The packet filter does not forward ${dead.map(mappingText).join(', ')} to ${found.name}.`,
        { commands, safe: !usesIptables },
      ),
    ];
  });
}

const mappingText = ({ protocol, port, family }: ExpectedMapping) =>
  `port ${protocol} ${port} (${family === 'ip' ? 'IPv4' : 'IPv6'})`;
