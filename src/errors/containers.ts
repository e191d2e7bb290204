import { list, quote } from '../text/words.js';
import { ExitCode } from './exit-codes.js';
import { NspawnError } from './nspawn-error.js';

/** @param meant the existing name that the caller probably meant */
export function noSuchContainer(name: string, meant: string | null = null): NspawnError {
  return new NspawnError({
    code: 'no-such-container',
    exitCode: ExitCode.noSuchContainer,
    message: `Container ${quote(name)} does not exist.`,
    nextSteps: [
      ...(meant === null ? [] : [`Did you mean ${quote(meant)}?`]),
      "'nixos-nspawn list' lists the containers of this host.",
    ],
    details: { name },
  });
}

export function noGeneration(
  name: string,
  wanted: number | 'previous' | 'current',
  recorded: readonly number[],
): NspawnError {
  return new NspawnError({
    code: 'no-generation',
    exitCode: ExitCode.noGeneration,
    message:
      wanted === 'previous'
        ? `Container ${quote(name)} has no previous generation.`
        : wanted === 'current'
          ? `Container ${quote(name)} has no current generation.`
          : `Container ${quote(name)} has no generation ${wanted}.`,
    nextSteps: [
      `Its generations: ${list(recorded.map(String)) || 'none'}; see 'nixos-nspawn list-generations ${name}'.`,
    ],
    details: { name, generations: recorded },
  });
}

export function exists(name: string, place: string): NspawnError {
  return new NspawnError({
    code: 'exists',
    exitCode: ExitCode.exists,
    message: `Container ${quote(name)} already exists (${place}).`,
    nextSteps: [`'nixos-nspawn update ${name}' changes it. 'nixos-nspawn remove ${name}' removes it.`],
    details: { name, path: place },
  });
}

/**
 * A machine of this name is running, but this tool has no container of this name on disk. Its declaration may have been
 * removed, for example.
 */
export function machineRuns(name: string): NspawnError {
  return new NspawnError({
    code: 'exists',
    exitCode: ExitCode.exists,
    message: `A machine ${quote(name)} is already running, and it is not a container of nixos-nspawn.`,
    nextSteps: [`'machinectl status ${name}' shows what it is. 'machinectl poweroff ${name}' stops it.`],
    details: { name },
  });
}

export function leftovers(name: string, places: readonly string[]): NspawnError {
  return new NspawnError({
    code: 'leftovers',
    exitCode: ExitCode.exists,
    message: `Parts of an incomplete container ${quote(name)} already exist: ${list(places)}.`,
    nextSteps: [`'nixos-nspawn remove ${name}' removes them, and keeps the state directory.`],
    details: { name, paths: places },
  });
}

export function foreignUnit(name: string, path: string): NspawnError {
  return new NspawnError({
    code: 'foreign',
    exitCode: ExitCode.notOurs,
    message: `${path} was not created by nixos-nspawn, so nixos-nspawn does not change ${quote(name)}.`,
    nextSteps: ['Choose another name for the container, or delete the file if nothing needs it.'],
    details: { name, path },
  });
}

export function declarative(name: string): NspawnError {
  return new NspawnError({
    code: 'declarative',
    exitCode: ExitCode.notOurs,
    message: `Container ${quote(name)} is declared in this host's NixOS configuration.`,
    nextSteps: [`Change nixos.containers.${name} there and run 'nixos-rebuild switch'.`],
    details: { name },
  });
}

export function runningUnknown(name: string): NspawnError {
  return new NspawnError({
    code: 'running-unknown',
    exitCode: ExitCode.refused,
    message: `Container ${quote(name)} is running, but its generation is unknown.`,
    nextSteps: ['If it is starting, wait until it is ready and try again. Otherwise stop it first.'],
    details: { name },
  });
}

export function noRunningGeneration(name: string): NspawnError {
  return new NspawnError({
    code: 'no-running-generation',
    exitCode: ExitCode.noGeneration,
    message: `Container ${quote(name)} is not running, or its running generation is unknown.`,
    nextSteps: [`'nixos-nspawn list-generations ${name}' lists its generations.`],
    details: { name },
  });
}

export function notRunning(name: string): NspawnError {
  return new NspawnError({
    code: 'not-running',
    exitCode: ExitCode.refused,
    message: `Container ${quote(name)} is not running.`,
    nextSteps: [`'nixos-nspawn start ${name}' starts it.`],
    details: { name },
  });
}

/** The container runs, but systemd-machined refused to register it, or has forgotten it. */
export function unregistered(name: string): NspawnError {
  return new NspawnError({
    code: 'unregistered',
    exitCode: ExitCode.refused,
    message: `Container ${quote(name)} is running, but systemd-machined does not know it, so nothing can enter it.`,
    nextSteps: [
      `'nixos-nspawn restart ${name}' registers it, unless systemd-machined refuses.`,
      "'journalctl -u systemd-machined' shows the reason for a refusal.",
    ],
    details: { name },
  });
}

/** @param hasGeneration whether its profile is complete, so that an update can restore what is missing */
export function incomplete(name: string, problem: string, hasGeneration: boolean): NspawnError {
  return new NspawnError({
    code: 'incomplete',
    exitCode: ExitCode.refused,
    message: `Container ${quote(name)} cannot be started: ${problem}.`,
    nextSteps: [
      hasGeneration
        ? `'nixos-nspawn update ${name} --start' restores the missing parts, keeps its generations, and starts it.`
        : `Run 'nixos-nspawn remove ${name}', which keeps the state directory. Then create the container again.`,
    ],
    details: { name },
  });
}

export function noJournal(name: string, path: string): NspawnError {
  return new NspawnError({
    code: 'no-journal',
    exitCode: ExitCode.refused,
    message: `Container ${quote(name)} has no journal in ${path}.`,
    nextSteps: [`'nixos-nspawn logs ${name} --host' shows what its service logged on the host.`],
    details: { name, path },
  });
}

/** @param verb what is not done to a running container, with the option that stops and starts it */
export function running(name: string, verb: 'rename'): NspawnError {
  return new NspawnError({
    code: 'running',
    exitCode: ExitCode.refused,
    message: `Container ${quote(name)} is running, and systemd cannot ${verb} a running container.`,
    nextSteps: [`'--restart' stops it, and starts it again afterwards. Or stop it first.`],
    details: { name },
  });
}

export function sameName(name: string): NspawnError {
  return new NspawnError({
    code: 'exists',
    exitCode: ExitCode.exists,
    message: `Container ${quote(name)} already has this name.`,
    nextSteps: ['Pass another name.'],
    details: { name },
  });
}
