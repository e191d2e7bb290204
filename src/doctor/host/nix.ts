import type { HostFacts } from '../facts.js';
import { type Finding, hostFinding } from '../finding.js';
import { installCommand } from '../packages.js';

/** Nix: that it is there, can open its store, and what must be enabled each time. */
export function nixFindings({
  host: { nix, distribution, isNixOS, isRoot },
}: {
  host: Pick<HostFacts, 'nix' | 'distribution' | 'isNixOS' | 'isRoot'>;
}): Finding[] {
  if (nix.missing.length > 0) return missingNixFindings({ distribution, missing: nix.missing });
  const findings: Finding[] = [];
  // Only root builds containers, and may open a store that others may not.
  if (nix.storeProblem !== null && isRoot)
    findings.push(
      hostFinding('nix-store', `Nix cannot open its store: ${nix.storeProblem}.`, {
        options: ['nix.enable = true;'],
        commands: [['systemctl', 'enable', '--now', 'nix-daemon.socket']],
        advice: 'Start the daemon, or give root the store: unset NIX_REMOTE.',
      }),
    );
  else if (
    nix.storeProblem === null &&
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

/** Nix's commands, each of which is called. */
export function missingNixFindings({
  missing,
  distribution,
}: Pick<HostFacts, 'distribution'> & { missing: readonly string[] }): Finding[] {
  if (missing.length === 0) return [];
  const commands = `${missing.length === 1 ? 'command' : 'commands'} ${enumeration(missing)}`;
  return [
    hostFinding('nix-missing', `The ${commands} cannot be found in PATH.`, {
      commands: installCommand(distribution, 'nix'),
      advice: 'Install Nix (nixos.org/download), and see that PATH names its directory, for root too.',
    }),
  ];
}

/** `a`, `a and b`, `a, b and c`. */
const enumeration = (words: readonly string[]) =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
