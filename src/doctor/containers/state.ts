import type { Argv } from '../../process.js';
import type { ContainerFacts, Facts } from '../facts.js';
import { containerFinding, type Finding } from '../finding.js';

/** Whether what makes up a container is whole: its operation ended, its profile, its files, its settings. */
export function stateFindings({ containers }: Facts): Finding[] {
  return containers.flatMap((container) => {
    const { found, isUnfinished, closure, closureProblem, displacedFiles } = container;
    const { name } = found;
    if (isUnfinished)
      return [
        containerFinding('unfinished-operation', name, `An operation on ${name} was cut short.`, {
          own: 'recover',
          safe: true,
        }),
      ];
    if (lostItsGeneration(container)) return [missingGeneration(container)];
    if (found.type === 'incomplete' && closure === null)
      return found.problem?.code === 'no-profile' ? [] : [orphanedProfile(container)];
    if (closureProblem !== null)
      return [
        containerFinding(
          'settings-unreadable',
          name,
          `The settings of ${name} cannot be read. ${closureProblem}`,
          {
            advice: `Build it again: 'nixos-nspawn update ${name}'.`,
          },
        ),
      ];
    if (displacedFiles.length === 0) return [];
    return [
      containerFinding(
        'files-missing',
        name,
        `Files of ${name} are missing or not as its generation has them: ${displacedFiles.map(({ path }) => path).join(', ')}.`,
        // One that somebody changed is lost by it, so that is asked.
        { own: 'restore-files', safe: displacedFiles.every(({ isAbsent }) => isAbsent) },
      ),
    ];
  });
}

/** A container whose unit file is there, and of whose profile a link is gone. */
export const lostItsGeneration = ({ found, profile, closure }: ContainerFacts) =>
  closure === null &&
  ((found.type === 'imperative' && found.generation !== null) ||
    (found.problem?.code === 'no-profile' && profile.generations.length > 0));

/** The newest generation that can be used brings the container back, or else its source. */
function missingGeneration({ found, fallback }: ContainerFacts): Finding {
  const { name, places, generation } = found;
  const link = generation === null ? places.profile : `${places.profile}-${generation}-link`;
  const what = `${name} has no current generation: the link ${link} is missing.`;
  if (fallback !== null) {
    const number = `${fallback}`;
    const command: Argv = ['nix-env', '--profile', places.profile, '--switch-generation', number];
    return containerFinding('generation-missing', name, what, { commands: [command] });
  }
  // Without the profile's own link, an update refuses: it takes the container for one that was not made to the end.
  const mend =
    generation === null
      ? {
          advice: `No other generation of it can be used. 'nixos-nspawn remove ${name}' removes it and keeps its state; then create it again.`,
        }
      : { commands: [['nixos-nspawn', 'update', name] satisfies Argv] };
  return containerFinding('generation-missing', name, what, mend);
}

function orphanedProfile({ found: { name, places } }: ContainerFacts): Finding {
  const remove: Argv = ['nixos-nspawn', 'remove', name];
  return containerFinding('orphaned-profile', name, `${places.profileDir} has no current generation.`, {
    commands: [remove],
  });
}
