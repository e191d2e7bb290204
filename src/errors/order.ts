import { list, quote } from '../text/words.js';
import { ExitCode } from './exit-codes.js';
import { NspawnError } from './nspawn-error.js';

/**
 * @param cycle begins and ends with the container's name; each starts after the next one. It may contain units of the
 * host.
 */
export function orderCycle(cycle: readonly string[]): NspawnError {
  const name = cycle[0] ?? '';
  const relations = cycle
    .slice(1)
    .map((other, index) => `${quote(cycle[index] ?? '')} after ${quote(other)}`);
  return new NspawnError({
    code: 'order-cycle',
    exitCode: ExitCode.refused,
    message: `Container ${quote(name)} cannot start, because it would start after itself: ${list(relations)}.`,
    nextSteps: [
      "Remove one of these from 'after', 'wants' or 'requires' of the container's configuration, and update it.",
    ],
    details: { name, cycle },
  });
}

export function requirementMissing(name: string, required: string): NspawnError {
  return new NspawnError({
    code: 'requirement-missing',
    exitCode: ExitCode.refused,
    message: `Container ${quote(name)} requires container ${quote(required)}, which does not exist.`,
    nextSteps: [
      `Create ${quote(required)} first, or remove it from 'requires' in the configuration of ${quote(name)}.`,
    ],
    details: { name, required },
  });
}

/** @param state `LoadState` of the unit (systemctl(1)) */
export function requiredUnitMissing(name: string, unit: string, state: string): NspawnError {
  const why = state === 'masked' ? 'which is masked' : 'which this host does not have';
  return new NspawnError({
    code: 'requirement-missing',
    exitCode: ExitCode.refused,
    message: `Container ${quote(name)} requires the unit ${quote(unit)}, ${why}.`,
    nextSteps: [
      state === 'masked'
        ? `'systemctl unmask ${unit}' makes it available. Or remove it from 'requires' in the configuration of ${quote(name)}.`
        : `Install what provides ${quote(unit)}, or remove it from 'requires' in the configuration of ${quote(name)}.`,
    ],
    details: { name, required: unit },
  });
}

/** @param why the error of its start, if it is not shown otherwise */
export function requirementNotRunning(
  name: string,
  required: string,
  why: string | null = null,
): NspawnError {
  return new NspawnError({
    code: 'requirement-not-running',
    exitCode: ExitCode.externalCommand,
    message: `Container ${quote(name)} was not started, because it requires container ${quote(required)}, which is not running.${why === null ? '' : ` ${why}`}`,
    nextSteps: [`'nixos-nspawn start ${name}' starts both, and shows why ${quote(required)} does not start.`],
    details: { name, required },
  });
}

/**
 * @param dependents the running containers that require it
 * @param verb the command that ends them too
 */
export function neededByOthers(
  name: string,
  dependents: readonly string[],
  verb: 'stop' | 'kill' = 'stop',
): NspawnError {
  const [what, requires] = dependents.length === 1 ? ['container', 'requires'] : ['containers', 'require'];
  return new NspawnError({
    code: 'needed-by-others',
    exitCode: ExitCode.refused,
    message: `The running ${what} ${list(dependents.map(quote))} ${requires} container ${quote(name)}, so it was not stopped.`,
    nextSteps: [
      `'nixos-nspawn ${verb} ${name} --with-dependents' ${verb}s ${dependents.length === 1 ? 'both' : 'all of them'}.`,
    ],
    details: { name, dependents },
  });
}
