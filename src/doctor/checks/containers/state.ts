import type { Argv } from '../../../base/process.js';
import { check, error, warning } from '../../check.js';
import { containers, type Examined, lostItsGeneration } from '../../facts/containers.js';
import { containerProblem, type Problem } from '../../finding.js';

type Id =
  | 'unfinished-operation'
  | 'generation-missing'
  | 'orphaned-profile'
  | 'settings-unreadable'
  | 'files-missing'
  | 'other-systemd';

/** Whether a container is whole: its last operation, its profile, its settings, its files. The first problem is reported. */
export const state = check({
  findings: {
    'unfinished-operation': warning(
      'The container is between two states until the operation is undone or finished.',
    ),
    'generation-missing': error(
      'Its closure is not protected from garbage collection, and the container cannot start.',
    ),
    'orphaned-profile': warning('It keeps its closures in the store, and no container can use it.'),
    'settings-unreadable': warning('nixos-nspawn does not know what the container needs from the host.'),
    'files-missing': warning('systemd starts the container without them, or does not start it at all.'),
    'other-systemd': warning(
      'systemd may log a warning at each start, or restrict the network of the container.',
    ),
  },
  look: { containers },
  judge: ({ containers }) => containers.flatMap(problems),
});

function problems(examined: Examined): Problem<Id>[] {
  const { container, isUnfinished, closure, closureProblem, displacedFiles } = examined;
  const { name, places } = container;
  if (isUnfinished)
    return [
      containerProblem('unfinished-operation', name, `An operation on ${name} was interrupted.`, {
        own: 'recover',
        safe: true,
      }),
    ];
  if (lostItsGeneration(examined)) return [missingGeneration(examined)];
  if (container.type === 'incomplete' && closure === null) {
    if (container.problem?.code === 'no-profile') return [];
    return [
      containerProblem('orphaned-profile', name, `${places.profileDir} has no current generation.`, {
        commands: [['nixos-nspawn', 'remove', name]],
      }),
    ];
  }
  if (closureProblem !== null)
    return [
      containerProblem(
        'settings-unreadable',
        name,
        `The settings of ${name} cannot be read. ${closureProblem}`,
        { advice: `Build it again: 'nixos-nspawn update ${name}'.` },
      ),
    ];
  if (displacedFiles.length === 0) return [];
  if (displacedFiles.every(({ isForOtherSystemd }) => isForOtherSystemd))
    return [
      containerProblem(
        'other-systemd',
        name,
        `The settings of ${name} are those for another version of systemd: ${displacedFiles.map(({ path }) => path).join(', ')}.`,
        { own: 'restore-files', safe: true },
      ),
    ];
  return [
    containerProblem(
      'files-missing',
      name,
      `Files of ${name} are missing or differ from its generation: ${displacedFiles.map(({ path }) => path).join(', ')}.`,
      // Restoring a file that somebody changed loses the change, so --fix asks.
      { own: 'restore-files', safe: displacedFiles.every(({ isAbsent }) => isAbsent) },
    ),
  ];
}

/** The fix switches to the newest usable generation. If there is none, it builds one again from the source. */
function missingGeneration({ container, fallback }: Examined) {
  const { name, places, generation } = container;
  const link = generation === null ? places.profile : `${places.profile}-${generation}-link`;
  const what = `${name} has no current generation: the link ${link} is missing.`;
  if (fallback !== null) {
    const number = `${fallback}`;
    const command: Argv = ['nix-env', '--profile', places.profile, '--switch-generation', number];
    return containerProblem('generation-missing', name, what, { commands: [command] });
  }
  // Without the profile's own link, an update refuses, because it takes the container for an unfinished creation.
  const mend =
    generation === null
      ? {
          advice: `None of its other generations can be used. Run 'nixos-nspawn remove ${name}', which keeps the state directory. Then create the container again.`,
        }
      : { commands: [['nixos-nspawn', 'update', name] satisfies Argv] };
  return containerProblem('generation-missing', name, what, mend);
}
