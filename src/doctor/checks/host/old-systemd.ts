import { check, error } from '../../check.js';
import { answers, version } from '../../facts/systemd.js';
import { hostProblem } from '../../finding.js';

/** The oldest systemd whose nspawn, networkd and machinectl have every feature that is used. */
const OLDEST = 256;

/** Features that are used, by the version that introduced them (NEWS of systemd). */
const SINCE: readonly (readonly [number, string])[] = [
  [249, 'PrivateUsersOwnership=auto for user namespaces'],
  [250, 'encrypted credentials'],
  [256, 'IP forwarding for each link in networkd'],
];

export const oldSystemd = check({
  findings: {
    'old-systemd': error(
      'Older versions lack features of systemd-nspawn, networkd and machinectl that containers need.',
    ),
  },
  look: { answers, version },
  judge: ({ answers, version }) => {
    if (!answers || version >= OLDEST) return [];
    const lacks = SINCE.filter(([since]) => since > version).map(([, feature]) => feature);
    const missing = lacks.length === 0 ? '' : ` It lacks ${lacks.join('; ')}.`;
    const what =
      version === 0
        ? `The version of systemd is unknown, but version ${OLDEST} or later is required.`
        : `The version of systemd is ${version}, but version ${OLDEST} or later is required.${missing}`;
    return [
      hostProblem('old-systemd', what, {
        advice: 'Upgrade the distribution: Debian 13, Fedora 41 and NixOS 24.11 are new enough.',
      }),
    ];
  },
});
