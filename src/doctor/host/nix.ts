import type { Facts } from '../facts.js';
import { type Finding, hostFinding } from '../finding.js';
import { installCommand } from '../packages.js';

/** Nix: that it is there, can open its store, and what must be enabled each time. */
export function nixFindings({ host: { nix, distribution, isNixOS } }: Facts): Finding[] {
  if (!nix.installed)
    return [
      hostFinding('nix-missing', 'The commands nix, nix-env and nix-store are not to be found in PATH.', {
        commands: installCommand(distribution, 'nix'),
        advice: 'Install Nix (nixos.org/download), and see that PATH names its directory, for root too.',
      }),
    ];
  const findings: Finding[] = [];
  if (nix.storeProblem !== null)
    findings.push(
      hostFinding('nix-store', `Nix cannot open its store. ${nix.storeProblem}`, {
        options: ['nix.enable = true;'],
        commands: [['systemctl', 'enable', '--now', 'nix-daemon.socket']],
        advice: 'Start the daemon, or give root the store: unset NIX_REMOTE.',
      }),
    );
  else if (
    nix.features !== null &&
    !(nix.features.includes('flakes') && nix.features.includes('nix-command'))
  )
    findings.push(
      hostFinding('nix-flakes', "The features 'nix-command' and 'flakes' are not enabled.", {
        options: ['nix.settings.experimental-features = [ "nix-command" "flakes" ];'],
        advice: "Add 'extra-experimental-features = nix-command flakes' to /etc/nix/nix.conf.",
      }),
    );
  return findings.map((finding) =>
    isNixOS ? finding : { ...finding, mend: { ...finding.mend, options: null } },
  );
}
