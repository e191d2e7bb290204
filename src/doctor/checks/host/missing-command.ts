import { check, error } from '../../check.js';
import { distribution } from '../../facts/host.js';
import { missingPrograms } from '../../facts/programs.js';
import { hostProblem } from '../../finding.js';
import { installCommand } from '../../packages.js';

/** The package that contains a program, if it is not systemd itself; packages.ts has the names of each distribution. */
const PACKAGES: Readonly<Record<string, string>> = {
  'systemd-nspawn': 'systemd-container',
  machinectl: 'systemd-container',
  networkctl: 'systemd-networkd',
  flock: 'util-linux',
  setpriv: 'util-linux',
};

export const missingCommand = check({
  findings: { 'missing-command': error('nixos-nspawn runs this command.') },
  look: { missingPrograms, distribution },
  judge: ({ missingPrograms, distribution }) =>
    missingPrograms.map((command) =>
      hostProblem('missing-command', `The command ${command} cannot be found in PATH.`, {
        commands: installCommand(distribution, PACKAGES[command] ?? 'systemd'),
        advice: `Install the package that contains ${command}, and make sure that PATH contains its directory.`,
      }),
    ),
});
