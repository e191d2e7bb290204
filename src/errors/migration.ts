import { printable } from '../text/printable.js';
import { quote } from '../text/words.js';
import { ExitCode } from './exit-codes.js';
import { NspawnError } from './nspawn-error.js';

/** @param meant the existing name that the caller probably meant */
export function noOldContainer(name: string, meant: string | null): NspawnError {
  return new NspawnError({
    code: 'no-such-container',
    exitCode: ExitCode.noSuchContainer,
    message: `NixOS's own module 'containers' has no container ${quote(name)} on this host.`,
    nextSteps: [
      ...(meant === null ? [] : [`Did you mean ${quote(meant)}?`]),
      "'ls /etc/nixos-containers' lists them. Containers of nixos-nspawn need no migration.",
    ],
    details: { name },
  });
}

/** @param cause the rule that the name breaks */
export function oldNameInvalid(name: string, cause: NspawnError): NspawnError {
  return new NspawnError({
    code: 'invalid-name',
    exitCode: ExitCode.usage,
    message: `The container ${quote(name)} of NixOS's own module cannot keep its name. ${cause.message}`,
    nextSteps: [
      `Create a container with another name, and copy its state: stop both, then 'cp -a /var/lib/nixos-containers/${name}/. /var/lib/machines/NEW/'.`,
    ],
    details: { name },
    cause,
  });
}

/** @param old whether NixOS's own module has a container of this name too */
export function alreadyOurs(name: string, old: boolean): NspawnError {
  return new NspawnError({
    code: 'exists',
    exitCode: ExitCode.exists,
    message: old
      ? `Container ${quote(name)} of NixOS's own module cannot be taken over, because nixos-nspawn already has one of this name.`
      : `Container ${quote(name)} is already one of nixos-nspawn, so nothing has to be migrated.`,
    nextSteps: [
      old
        ? `'nixos-nspawn rename ${name} NEW' gives the present one another name. Then try again.`
        : `'nixos-nspawn status ${name}' shows it.`,
    ],
    details: { name },
  });
}

export function declaredOld(name: string, settings: string): NspawnError {
  return new NspawnError({
    code: 'declarative',
    exitCode: ExitCode.notOurs,
    message: `The container ${quote(name)} of NixOS's own module is declared in this host's NixOS configuration, which makes ${settings}.`,
    nextSteps: [
      `'nixos-nspawn migrate --to-nix ${name}' prints the declaration for nixos.containers that replaces it.`,
    ],
    details: { name, path: settings },
  });
}

/** @param lost settings that have no option, as sentences */
export function notTranslated(name: string, lost: readonly string[]): NspawnError {
  return new NspawnError({
    code: 'not-translated',
    exitCode: ExitCode.refused,
    message: `Container ${quote(name)} has settings that nixos-nspawn cannot take over. ${lost.join(' ')}`,
    nextSteps: [
      'Find the option that has the same effect, and pass a configuration with it: --config FILE or --flake REF.',
      'Then, or if the container does not need the settings, add --accept-losses.',
    ],
    details: { name, lost },
  });
}

/** @param flake the flake that has its configuration; null if nothing has */
export function noOldConfiguration(name: string, flake: string | null, expected: string): NspawnError {
  return new NspawnError({
    code: 'no-source',
    exitCode: ExitCode.usage,
    message:
      flake === null
        ? `Container ${quote(name)} has no configuration: ${expected} is not a file.`
        : `The configuration of container ${quote(name)} is in the flake ${flake}, which describes a NixOS without its settings for the host.`,
    nextSteps: [
      flake === null
        ? 'Pass one: --config FILE, --flake REF or --profile PATH.'
        : 'Write a configuration that imports the modules from there, and pass it: --flake REF or --config FILE.',
    ],
    details: { name, flake },
  });
}

/** @param verb what the operation would do to the container */
export function migrationUnfinished(name: string, verb: string): NspawnError {
  return new NspawnError({
    code: 'migration-unfinished',
    exitCode: ExitCode.refused,
    message: `Container ${quote(name)} replaces one of NixOS's own module, which can still come back, so nixos-nspawn does not ${verb} it.`,
    nextSteps: [
      `'nixos-nspawn migrate --finish ${name}' deletes what is left of the old container.`,
      `'nixos-nspawn migrate --undo ${name}' goes back to the old container.`,
    ],
    details: { name },
  });
}

export function noMigration(name: string): NspawnError {
  return new NspawnError({
    code: 'no-migration',
    exitCode: ExitCode.refused,
    message: `Container ${quote(name)} has no migration to finish or undo.`,
    nextSteps: [
      `'nixos-nspawn migrate ${name}' begins one, if NixOS's own module has a container of this name.`,
    ],
    details: { name },
  });
}

/** The old container was removed, so that a migration cannot be undone. */
export function oldContainerGone(name: string, path: string): NspawnError {
  return new NspawnError({
    code: 'no-such-container',
    exitCode: ExitCode.noSuchContainer,
    message: `The old container ${quote(name)} cannot come back: ${path} was deleted.`,
    nextSteps: [`'nixos-nspawn migrate --finish ${name}' deletes what is left of it.`],
    details: { name, path },
  });
}

/** Before the new container has run, what is left of the old one must not be deleted. */
export function migrationNotReady(name: string): NspawnError {
  return new NspawnError({
    code: 'not-running',
    exitCode: ExitCode.refused,
    message: `Container ${quote(name)} is not running, so it is unknown whether it can replace the old one.`,
    nextSteps: [
      `'nixos-nspawn start ${name}' starts it. Then try again.`,
      `'nixos-nspawn migrate --undo ${name}' goes back to the old container.`,
    ],
    details: { name },
  });
}

export function migrationUnreadable(path: string, why: string, cause?: unknown): NspawnError {
  return new NspawnError({
    code: 'record-unreadable',
    exitCode: ExitCode.refused,
    message: `${path}, the record of a migration, ${why}.`,
    nextSteps: ['Restore the file from a backup. Without it, only you can tell where the old container was.'],
    details: { path },
    cause,
  });
}

/** @param why the end of a sentence about the path */
export function stateNotMovable(path: string, why: string): NspawnError {
  return new NspawnError({
    code: 'state-outside',
    exitCode: ExitCode.refused,
    message: `${path} ${why}, so the state cannot be moved.`,
    nextSteps: [
      'A directory below the state: unmount it, and mount it below the new place afterwards.',
      'The state directory itself: mount or move it to another place, and make its path a link with that absolute path.',
    ],
    details: { path },
  });
}

export function copyDiffers(path: string, what: string): NspawnError {
  return new NspawnError({
    code: 'copy-differs',
    exitCode: ExitCode.refused,
    message: `The copy of ${printable(path)} is not the same as the original: ${what}.`,
    nextSteps: [
      'Make sure that nothing else changes the files, and that the file system of the copy can store them. Then try again.',
    ],
    details: { path, what },
  });
}

/** Somebody has started the old container again, or systemd does not block its start. */
export function oldNotBlocked(name: string, service: string, state: string): NspawnError {
  return new NspawnError({
    code: 'not-stopped',
    exitCode: ExitCode.externalCommand,
    message: `The old container ${quote(name)} could still run beside the new one: ${service} is ${state}.`,
    nextSteps: [`Stop it ('systemctl stop ${service}'), find out what starts it, and try again.`],
    details: { name, service },
  });
}
