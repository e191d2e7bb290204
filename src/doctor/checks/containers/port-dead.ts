import type { Argv } from '../../../base/process.js';
import { check, error } from '../../check.js';
import { containers } from '../../facts/containers.js';
import { packetFilter } from '../../facts/packet-filter.js';
import { containerProblem } from '../../finding.js';
import {
  addMapping,
  deleteMapping,
  type ExpectedMapping,
  expectedMappings,
  leadsTo,
  mappingOf,
} from '../../firewall/forwarding.js';

/** Whether the packet filter forwards the ports of each running container. */
export const portDead = check({
  findings: { 'port-dead': error('Connections from other hosts to this port get no answer.') },
  look: { containers, firewall: packetFilter },
  judge: ({ containers, firewall }) => {
    if (firewall.forwarded === null) return [];
    const expected = containers.map((examined) => ({
      container: examined.container,
      mappings: expectedMappings(examined),
    }));
    const wanted = expected.flatMap(({ mappings }) => mappings);
    const usesIptables = firewall.forwarded.some(({ tool }) => tool === 'iptables');
    const isDead = (mapping: ExpectedMapping) => {
      // A table that lacks everything is reported once, as nat-missing.
      if (!usesIptables && firewall.systemdTable[mapping.family] !== 'whole') return false;
      const is = mappingOf(mapping, firewall);
      // If the port leads to another container that also forwards it, this is reported as port-twice.
      return is === null || !wanted.some((other) => leadsTo(other, is));
    };
    return expected.flatMap(({ container, mappings }) => {
      const dead = mappings.filter(isDead);
      if (dead.length === 0) return [];
      const commands = usesIptables
        ? [['systemctl', 'restart', container.places.service] satisfies Argv]
        : dead.flatMap((mapping) => {
            const is = mappingOf(mapping, firewall);
            return [...(is === null ? [] : [deleteMapping(is)]), addMapping(mapping)];
          });
      return [
        containerProblem(
          'port-dead',
          container.name,
          `The packet filter does not forward ${dead.map(mappingText).join(', ')} to ${container.name}.`,
          { commands, safe: !usesIptables },
        ),
      ];
    });
  },
});

const mappingText = ({ protocol, port, family }: ExpectedMapping) =>
  `${protocol.toUpperCase()} port ${port} (${family === 'ip' ? 'IPv4' : 'IPv6'})`;
