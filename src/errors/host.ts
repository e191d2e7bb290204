import { ExitCode } from './exit-codes.js';
import { NspawnError } from './nspawn-error.js';

/** For actions that systemd, the kernel or Nix allow only to root. */
export function needsRoot(what: string, cause?: NspawnError): NspawnError {
  return new NspawnError({
    code: 'host-lacks',
    exitCode: ExitCode.hostLacks,
    message: `${what} needs root.`,
    nextSteps: ['Run the same command with sudo.'],
    cause,
  });
}

/** A finding of doctor that prevents all containers from working. `finding` names its section in the manual's page on doctor. */
export function hostUnfit(
  finding: string,
  { what, why }: { what: string; why: string },
  nextSteps: readonly string[],
  cause?: NspawnError,
): NspawnError {
  return new NspawnError({
    code: 'host-lacks',
    exitCode: ExitCode.hostLacks,
    message: `This host is not ready for containers. ${what} ${why}`,
    nextSteps: [...nextSteps, "'nixos-nspawn doctor' shows all problems of this host."],
    details: { finding },
    cause,
  });
}

/** A fix whose commands succeeded, but did not remove the problem. */
export function notFixed(finding: string, what: string): NspawnError {
  return new NspawnError({
    code: 'not-fixed',
    exitCode: ExitCode.hostLacks,
    message: `The commands of the fix succeeded, but the problem still exists: ${what}`,
    nextSteps: ["Run 'nixos-nspawn doctor' again, and read about this finding in the manual."],
    details: { finding },
  });
}

export function autostartOfNixOS(): NspawnError {
  return new NspawnError({
    code: 'autostart-of-nixos',
    exitCode: ExitCode.refused,
    message: "No unit was installed: on NixOS, the host's configuration defines all units.",
    nextSteps: [
      'The module already starts imperative containers: nixos.containers.enableAutostartService is enabled by default.',
    ],
  });
}

export function unstableCommand(path: string): NspawnError {
  return new NspawnError({
    code: 'unstable-command',
    exitCode: ExitCode.refused,
    message: `${path} is in the Nix store, where a garbage collection could delete it before the next boot.`,
    nextSteps: [
      "Install nixos-nspawn in a profile that is in PATH ('nix profile install'), then run the command again.",
    ],
    details: { path },
  });
}
