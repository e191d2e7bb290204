import { printable } from '../text/printable.js';
import { quote } from '../text/words.js';
import { ERROR_CODES, type ErrorCode } from './codes.js';
import { ExitCode } from './exit-codes.js';
import { NspawnError } from './nspawn-error.js';
import { usage } from './usage.js';

export const badTarget = (text: string) =>
  usage(`${quote(printable(text))} is not a valid target.`, [
    'Use the form [USER@]HOST. A port, a jump host or a key belongs to ~/.ssh/config or to NIX_SSHOPTS.',
  ]);

export const notRemote = (verb: string) =>
  usage(`${quote(verb)} does not support --target-host.`, [
    `Run it on that host, for example with 'ssh -t HOST nixos-nspawn ${verb}'.`,
    'If NIXOS_NSPAWN_TARGET_HOST is set, unset it to work on this host.',
  ]);

export const sudoWithoutTarget = () =>
  usage("'--sudo' can only be used with '--target-host'.", ['Run nixos-nspawn itself with sudo.']);

export const targetCannot = (flag: string) =>
  usage(`${quote(flag)} cannot be combined with '--target-host' for this command.`, [
    'Omit one of them.',
    'If NIXOS_NSPAWN_TARGET_HOST is set, unset it to work on this host.',
  ]);

/** ssh could not connect. `said` is what ssh reported. */
export function remoteUnreachable(host: string, said: string): NspawnError {
  return new NspawnError({
    code: 'remote-unreachable',
    exitCode: ExitCode.remoteUnreachable,
    message: `The host ${quote(host)} cannot be reached by ssh. Nothing was done there.`,
    nextSteps: [`Find out with 'ssh ${host} true'. Options for ssh can be set in NIX_SSHOPTS.`],
    details: { host, began: false, stderr: said },
  });
}

/** The connection ended before the exit code of the command was known. */
export function remoteLost(host: string, said: string): NspawnError {
  return new NspawnError({
    code: 'remote-unreachable',
    exitCode: ExitCode.remoteUnreachable,
    message: `The connection to the host ${quote(host)} was lost before the outcome of the command was known.`,
    nextSteps: [
      "A change that had begun there is finished or undone. 'nixos-nspawn status NAME' for the same host shows the result of the last operation.",
    ],
    details: { host, began: true, stderr: said },
  });
}

/** The host accepts the connection, but does not run commands in a shell. */
export function remoteWithoutShell(host: string, exitCode: number, said: string): NspawnError {
  return new NspawnError({
    code: 'remote-unreachable',
    exitCode: ExitCode.remoteUnreachable,
    message: `The host ${quote(host)} accepts the connection, but does not run commands: its login shell exited with code ${exitCode}. Nothing was done there.`,
    nextSteps: ["Check the user's login shell there, and the ForceCommand of its sshd."],
    details: { host, began: false, stderr: said },
  });
}

export function remoteToolMissing(host: string): NspawnError {
  return new NspawnError({
    code: 'remote-tool-missing',
    exitCode: ExitCode.hostLacks,
    message: `The host ${quote(host)} does not have nixos-nspawn. Nothing was done there.`,
    nextSteps: [
      'Install the same version there, as the page Installation of the manual describes.',
      'If it is installed, link it into a directory such as /usr/local/bin, where a shell without a login finds it.',
    ],
    details: { host },
  });
}

/** Created on the target, where the caller's program asks for another protocol. */
export function remoteOtherVersion(asked: string, known: number, version: string): NspawnError {
  return new NspawnError({
    code: 'remote-other-version',
    exitCode: ExitCode.hostLacks,
    message: `Version ${version} of nixos-nspawn on the target uses version ${known} of the protocol, but the caller uses version ${quote(printable(asked))}. Nothing was done there.`,
    nextSteps: ['Install the same version of nixos-nspawn on both hosts.'],
    details: { protocol: known, version },
  });
}

export function remoteSudoRefused(host: string): NspawnError {
  return new NspawnError({
    code: 'remote-sudo-refused',
    exitCode: ExitCode.hostLacks,
    message: `The host ${quote(host)} does not let the user run sudo without a password. Nothing was done there.`,
    nextSteps: [
      'On a terminal and without --json, sudo can ask for the password.',
      'Otherwise allow the user to run commands without one (NOPASSWD in sudoers(5)), or connect as root.',
    ],
    details: { host },
  });
}

/** Created on the target, where the process that made the change has disappeared. */
export function remoteChangeEnded(name: string): NspawnError {
  return new NspawnError({
    code: 'remote-change-ended',
    exitCode: ExitCode.activationFailedNotRestored,
    message: `The process that changed container ${quote(name)} on the target was killed, so the outcome is unknown.`,
    nextSteps: [
      `'nixos-nspawn status ${name}' for the same host undoes or finishes the change, and shows the result.`,
      'The journal there shows why it was killed: journalctl --unit "nixos-nspawn-remote-*".',
    ],
    details: { name },
  });
}

/** A preset or plugin of the target adds a NixOS module that this host does not have. */
export function presetElsewhere(module: string): NspawnError {
  return new NspawnError({
    code: 'unknown-plugin',
    exitCode: ExitCode.usage,
    message: `A plugin of the target host adds the NixOS module ${printable(module)}, which cannot be evaluated here.`,
    nextSteps: [
      'Install the same plugin on this host, from the same package.',
      'If the module is not in the directory of the plugin, move it there.',
    ],
    details: { module },
  });
}

/** An error of the tool on the target, from its document. */
export function errorOfTarget(error: {
  code: string;
  message: string;
  exit_code: number;
  next_steps: readonly string[];
}): NspawnError {
  const { code, message, exit_code, next_steps, ...details } = error;
  const known: ErrorCode = ERROR_CODES.find((one) => one === code) ?? 'unexpected';
  const exitCode = Object.values(ExitCode).find((one) => one === exit_code) ?? ExitCode.unexpected;
  return new NspawnError({ code: known, exitCode, message, nextSteps: next_steps, details });
}
