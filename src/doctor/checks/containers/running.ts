import { isPresent } from '../../../base/files.js';
import { generationsOf, type RunningPart } from '../../../running/generations.js';
import { hasForeignOwners } from '../../../systemd/owners.js';
import { systemOf } from '../../../systemd/running-system.js';
import { isEnded } from '../../../systemd/unit-states.js';
import { check, error, note, warning } from '../../check.js';
import { type Examined, eachContainer } from '../../facts/containers.js';
import { containerProblem, type Problem } from '../../finding.js';

export interface Running {
  /** What the container runs; null if it is not running, or does not report it. */
  part: RunningPart | null;
  /** Whether the closure that it runs is missing from the store. */
  isGone: boolean;
  /** Whether its files belong to a user namespace that it does not have. */
  hasForeignOwners: boolean;
}

type Id =
  | 'stale-machine'
  | 'not-registered'
  | 'container-failed'
  | 'foreign-owners'
  | 'running-closure-gone'
  | 'stale-generation'
  | 'generation-kept-back';

/** Whether a container runs as it should: its service, its entry in machined, its files' owners, its generation. */
export const running = check({
  findings: {
    'stale-machine': error('Its next start fails because the name is taken ("Machine already exists").'),
    'not-registered': error('Nothing can enter it, or find it by its name.'),
    'container-failed': error('It is not running, and nothing restarts it.'),
    'foreign-owners': error('Inside the container they belong to nobody, so its services fail.'),
    'running-closure-gone': error(
      'Garbage collection deleted programs that the container runs. It cannot even shut down cleanly.',
    ),
    'stale-generation': warning(
      'The configuration of the current generation takes effect only after a restart.',
    ),
    'generation-kept-back': note(
      'Its strategy is "none", so it switches to the current generation at its next restart.',
    ),
  },
  look: { containers: eachContainer(look) },
  judge: ({ containers }) => containers.flatMap(problems),
});

async function look({ container: { name, places }, machine, unit, profile }: Examined): Promise<Running> {
  const part =
    machine?.leader == null
      ? null
      : (await generationsOf(await systemOf(machine.leader), unit.invocation, places, profile)).current;
  return {
    part,
    isGone: part !== null && !(await isPresent(part.system)),
    hasForeignOwners: await hasForeignOwners(name),
  };
}

function problems(examined: Examined & { seen: Running }): Problem<Id>[] {
  const { container, unit, machine, seen } = examined;
  const { name, places } = container;
  if (machine !== null && isEnded(unit.active))
    return [
      containerProblem(
        'stale-machine',
        name,
        `machined lists ${name}, but ${places.service} is not running.`,
        {
          commands: [['machinectl', 'terminate', name]],
        },
      ),
    ];
  if (machine !== null && !machine.isRegistered)
    return [
      containerProblem('not-registered', name, `${name} is running, but machined does not know it.`, {
        commands: [['nixos-nspawn', 'restart', name]],
      }),
    ];
  if (unit.active === 'failed')
    return [
      containerProblem('container-failed', name, `${places.service} has failed.`, {
        commands: [
          ['systemctl', 'reset-failed', places.service],
          ['systemctl', 'start', places.service],
        ],
      }),
    ];
  if (machine !== null && seen.hasForeignOwners)
    return [
      containerProblem(
        'foreign-owners',
        name,
        `The files of ${name} in ${places.stateDir} belong to a user namespace that it no longer has.`,
        { commands: [['nixos-nspawn', 'restart', name]] },
      ),
    ];
  if (seen.isGone)
    return [
      containerProblem(
        'running-closure-gone',
        name,
        `${seen.part?.system ?? 'The closure'}, which ${name} runs, is no longer in the Nix store.`,
        { commands: [['systemctl', 'restart', places.service]] },
      ),
    ];
  return runsOther(examined)
    ? [
        containerProblem(
          container.settings?.activation.strategy === 'none' ? 'generation-kept-back' : 'stale-generation',
          name,
          `${name} is not running its current generation, ${container.generation}.`,
          { commands: [['systemctl', 'restart', places.service]] },
        ),
      ]
    : [];
}

/** A generation that cannot be used is reported by another check. */
function runsOther({ container, closure, closureProblem, seen }: Examined & { seen: Running }): boolean {
  if (container.type !== 'imperative' || closureProblem !== null || closure === null || seen.part === null)
    return false;
  return closure !== seen.part.closure || seen.part.isSpecialised;
}
