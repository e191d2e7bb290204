import type { Essentials } from '../facts.js';
import { type Finding, hostFinding } from '../finding.js';
import { SERVICES } from '../services.js';

/** The oldest systemd whose nspawn, networkd and machinectl do all that is used here. */
const OLDEST_SYSTEMD = 256;

/** What came with a version, and is used; systemd's NEWS. */
const CAME_WITH: readonly (readonly [number, string])[] = [
  [249, 'PrivateUsersOwnership=auto for user namespaces'],
  [250, 'credentials that are encrypted'],
  [256, 'forwarding that networkd turns on for each link by itself'],
];

/** systemd itself: that it is PID 1, new enough, and has what machines are registered with. */
export function systemdFindings({ host }: Essentials): Finding[] {
  const { isBooted, systemdVersion, units, missingCommands } = host;
  if (!isBooted)
    return [
      hostFinding('no-systemd', 'PID 1 of this host is not systemd.', {
        advice: 'Boot a distribution that runs systemd; in a container, give it an init.',
      }),
    ];
  const findings: Finding[] = [];
  if (systemdVersion < OLDEST_SYSTEMD && !missingCommands.includes('systemctl')) {
    const lacks = CAME_WITH.filter(([version]) => version > systemdVersion).map(([, what]) => what);
    const told = lacks.length === 0 ? '' : ` It lacks ${lacks.join('; ')}.`;
    findings.push(
      hostFinding(
        'old-systemd',
        `systemd is ${systemdVersion || 'of an unknown version'}, and ${OLDEST_SYSTEMD} is the oldest that will do.${told}`,
        {
          advice:
            'Upgrade the distribution: Debian 13, Fedora 41 and NixOS 24.11 have one that is new enough.',
        },
      ),
    );
  }
  if (units.get(SERVICES.machined)?.load === 'masked')
    findings.push(
      hostFinding('machined-masked', 'systemd-machined is masked, so it cannot be started.', {
        options: ['systemd.services.systemd-machined.enable = true;'],
        commands: [['systemctl', 'unmask', SERVICES.machined]],
        safe: false,
      }),
    );
  return findings;
}
