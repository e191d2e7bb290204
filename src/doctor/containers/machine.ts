import { basename } from 'node:path';
import type { Argv } from '../../process.js';
import type { ContainerFacts, Facts } from '../facts.js';
import { containerFinding, type Finding } from '../finding.js';

/** Whether what runs is what should: its service, machined's record of it, its generation. */
export function machineFindings({ containers }: Facts): Finding[] {
  return containers.flatMap((container) => {
    return [...maskFindings(container), ...runningFindings(container)];
  });
}

function maskFindings({ found: { name }, maskedAt }: ContainerFacts): Finding[] {
  if (maskedAt === null) return [];
  const unmask: Argv = [
    'systemctl',
    'unmask',
    ...(maskedAt.startsWith('/run/') ? ['--runtime'] : []),
    basename(maskedAt),
  ];
  return [
    containerFinding('unit-masked', name, `The service of ${name} is masked (${maskedAt}).`, {
      commands: [unmask],
    }),
  ];
}

function runningFindings(container: ContainerFacts): Finding[] {
  const { found, unit, machine } = container;
  const { name, places } = found;
  if (machine !== null && (unit.active === 'inactive' || unit.active === 'failed'))
    return [
      containerFinding('stale-machine', name, `machined lists ${name}, but ${places.service} does not run.`, {
        commands: [['machinectl', 'terminate', name]],
      }),
    ];
  if (unit.active === 'failed')
    return [
      containerFinding('container-failed', name, `${places.service} has failed.`, {
        commands: [
          ['systemctl', 'reset-failed', places.service],
          ['systemctl', 'start', places.service],
        ],
        advice: `'journalctl --unit=${places.service}' tells why.`,
      }),
    ];
  if (machine !== null && container.hasForeignOwners)
    return [
      containerFinding(
        'foreign-owners',
        name,
        `The files of ${name} in ${places.stateDir} belong to a user namespace that it no longer has.`,
        { commands: [['nixos-nspawn', 'restart', name]] },
      ),
    ];
  return container.isRunningGone ? goneFindings(container) : generationFindings(container);
}

function goneFindings({ found: { name, places }, running }: ContainerFacts): Finding[] {
  return [
    containerFinding(
      'running-closure-gone',
      name,
      `${running?.system ?? 'The closure'}, which ${name} runs, is no longer in the Nix store.`,
      { commands: [['systemctl', 'restart', places.service]] },
    ),
  ];
}

function generationFindings({ found, closure, closureProblem, running }: ContainerFacts): Finding[] {
  const { name, places, settings } = found;
  // A generation that cannot be used is told for itself.
  if (
    closureProblem !== null ||
    found.type !== 'imperative' ||
    closure === null ||
    running === null ||
    (closure === running.closure && !running.isSpecialised)
  )
    return [];
  const isIntended = settings?.activation.strategy === 'none';
  return [
    containerFinding(
      isIntended ? 'generation-kept-back' : 'stale-generation',
      name,
      `${name} does not run its current generation, ${found.generation}.`,
      { commands: [['systemctl', 'restart', places.service]] },
    ),
  ];
}
