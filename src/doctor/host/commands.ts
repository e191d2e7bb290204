import type { Essentials } from '../facts.js';
import { type Finding, hostFinding } from '../finding.js';
import { installCommand } from '../packages.js';

/** The package that brings a program; packages.ts knows what a distribution calls it. Default: systemd itself. */
const PACKAGES: Readonly<Record<string, string>> = {
  'systemd-nspawn': 'systemd-container',
  machinectl: 'systemd-container',
  networkctl: 'systemd-networkd',
  flock: 'util-linux',
  setpriv: 'util-linux',
};

/** The programs that everything is built on. */
export function commandFindings({ host: { missingCommands, distribution } }: Essentials): Finding[] {
  return missingCommands.map((command) =>
    hostFinding('missing-command', `The command ${command} is not to be found in PATH.`, {
      commands: installCommand(distribution, PACKAGES[command] ?? 'systemd'),
      advice: `Install what brings ${command}, and see that PATH names its directory.`,
    }),
  );
}
