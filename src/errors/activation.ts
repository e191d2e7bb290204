import { list, quote } from '../text/words.js';
import { ExitCode } from './exit-codes.js';
import { NspawnError } from './nspawn-error.js';

const completeLog = (name: string) => `'journalctl -u systemd-nspawn@${name}' shows the complete log.`;

export function notStarted(name: string, cause: NspawnError, journal: string): NspawnError {
  return new NspawnError({
    code: 'not-started',
    exitCode: ExitCode.externalCommand,
    message: `Container ${quote(name)} did not start. ${cause.message}`,
    nextSteps: ['Fix the problem shown in its last messages, and try again.', completeLog(name)],
    details: { ...cause.details, name, journal },
    cause,
  });
}

/** The container started, but could not be addressed by its name. */
export function notRegistered(name: string): NspawnError {
  return new NspawnError({
    code: 'not-registered',
    exitCode: ExitCode.externalCommand,
    message: `Container ${quote(name)} was stopped, because systemd-machined refused to register it.`,
    nextSteps: ["See 'journalctl -u systemd-machined' for the reason."],
    details: { name },
  });
}

/** A start that failed before any of the container's own configuration ran. */
export function hostPreventedStart(
  name: string,
  cause: NspawnError,
  journal: string,
  why: string,
): NspawnError {
  return new NspawnError({
    code: 'host-prevented-start',
    exitCode: ExitCode.externalCommand,
    message: `The host prevented the start of container ${quote(name)}: ${why}.`,
    nextSteps: [
      'The configuration is not the cause. Fix the problem on the host, then try again.',
      completeLog(name),
    ],
    details: { ...cause.details, name, journal },
    cause,
  });
}

/** The error of a change if the host prevents the start of its new generation. */
export function activationPrevented(name: string, cause: NspawnError, kept: boolean): NspawnError {
  return new NspawnError({
    code: cause.code,
    exitCode: cause.exitCode,
    message: `${cause.message} ${kept ? 'The new generation is current, but not started.' : 'The change was undone.'}`,
    nextSteps: kept
      ? [
          `The configuration is not the cause. Fix the problem on the host, then run 'nixos-nspawn start ${name}'.`,
          completeLog(name),
        ]
      : cause.nextSteps,
    details: { ...cause.details, kept },
    cause,
  });
}

export function notReloaded(
  name: string,
  cause: NspawnError,
  journal: string,
  why: string | null,
): NspawnError {
  return new NspawnError({
    code: 'not-reloaded',
    exitCode: ExitCode.externalCommand,
    message: `Container ${quote(name)} did not switch to the new configuration: ${why ?? 'the reload of its service failed'}. ${cause.message}`,
    nextSteps: [
      `Fix the problem shown in its last messages, or use '--strategy restart'.`,
      completeLog(name),
    ],
    details: { ...cause.details, name, journal },
    cause,
  });
}

export function unitsFailed(name: string, units: readonly string[], status: string): NspawnError {
  const [what, verb] = units.length === 1 ? ['This unit', 'has'] : ['These units', 'have'];
  return new NspawnError({
    code: 'units-failed',
    exitCode: ExitCode.externalCommand,
    message: `${what} of container ${quote(name)} ${verb} failed since the change: ${list(units)}.`,
    nextSteps: ["'--ignore-failed-units' activates the configuration anyway."],
    details: { name, units, journal: status },
  });
}

export function cannotReload(name: string, obstacles: readonly string[]): NspawnError {
  return new NspawnError({
    code: 'cannot-reload',
    exitCode: ExitCode.refused,
    message: `Container ${quote(name)} cannot be reloaded: ${obstacles.join('; ')}.`,
    nextSteps: ["Use '--strategy restart' or '--strategy dynamic'."],
    details: { name, obstacles },
  });
}

export function activationFailed(name: string, cause: NspawnError, restored: number | null): NspawnError {
  const message =
    restored === null
      ? `The new generation of ${quote(name)} failed, and was kept as requested. ${cause.message}`
      : `The new generation of ${quote(name)} failed, and generation ${restored} was restored. ${cause.message}`;
  return new NspawnError({
    code: 'activation-failed',
    exitCode: restored === null ? ExitCode.activationFailedNotRestored : ExitCode.activationFailedRestored,
    message,
    nextSteps:
      restored === null
        ? [`'nixos-nspawn rollback ${name}' restores the previous generation.`]
        : ['Fix the configuration, then update again.'],
    details: {
      ...cause.details,
      name,
      restored_generation: restored,
      cause: { code: cause.code, message: cause.message },
    },
    cause,
  });
}

export function notRestored(name: string, cause: NspawnError, failures: readonly NspawnError[]): NspawnError {
  return new NspawnError({
    code: 'not-restored',
    exitCode: ExitCode.activationFailedNotRestored,
    message: `${cause.message} Undoing the change failed too: ${failures.map((failure) => failure.message).join(' ')}`,
    nextSteps: [
      `Fix the problem. The next nixos-nspawn command on ${quote(name)} continues to undo the change.`,
      `'journalctl -u systemd-nspawn@${name}' shows more.`,
    ],
    details: {
      name,
      cause: { code: cause.code, message: cause.message, ...cause.details },
      undo_failures: failures.map((failure) => ({ code: failure.code, message: failure.message })),
    },
    cause,
  });
}

export function notStopped(name: string, seconds: number): NspawnError {
  return new NspawnError({
    code: 'not-stopped',
    exitCode: ExitCode.externalCommand,
    message: `Container ${quote(name)} is still running ${seconds} s after it was told to stop.`,
    nextSteps: [`'machinectl status ${name}' shows its remaining processes.`],
    details: { name },
  });
}
