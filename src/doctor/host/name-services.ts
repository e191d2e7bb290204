import type { Facts } from '../facts.js';
import { type Finding, hostFinding } from '../finding.js';
import { installCommand } from '../packages.js';

/** That the host knows containers by their names (nss-mymachines(8)). */
export function nameServiceFindings({ host }: Facts): Finding[] {
  const { nssHosts, hasMyMachines, isNixOS, distribution } = host;
  const isListed = nssHosts?.includes('mymachines') ?? false;
  if (isListed && hasMyMachines !== false) return [];
  const install = hasMyMachines === false ? installCommand(distribution, 'nss-mymachines') : [];
  const what =
    hasMyMachines === false
      ? 'The module nss-mymachines is not installed.'
      : "The line 'hosts:' of /etc/nsswitch.conf does not name mymachines.";
  return [
    hostFinding('nss-mymachines', what, {
      options: isNixOS ? ['system.nssDatabases.hosts = [ "mymachines" ];'] : null,
      commands: [
        ...install,
        ...(isListed
          ? []
          : [['sed', '-i', 's/^hosts:[[:space:]]*/&mymachines /', '/etc/nsswitch.conf'] as const]),
      ],
      advice: 'Install the module nss-mymachines of systemd.',
    }),
  ];
}
