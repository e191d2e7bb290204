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
      return found.problem === 'it has no profile' ? [] : [orphanedProfile(container)];
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
    (found.problem === 'it has no profile' && profile.generations.length > 0));

/** Another generation, or the source, brings the container back. */
function missingGeneration({ found, profile }: ContainerFacts): Finding {
  const { name, places, generation } = found;
  const last = profile.generations.at(-1);
  const command: Argv =
    last === undefined
      ? ['nixos-nspawn', 'update', name]
      : ['nix-env', '--profile', places.profile, '--switch-generation', `${last.number}`];
  const link = generation === null ? places.profile : `${places.profile}-${generation}-link`;
  return containerFinding(
    'generation-missing',
    name,
    `${name} has no current generation: the link ${link} is missing.`,
    { commands: [command] },
  );
}

function orphanedProfile({ found: { name, places } }: ContainerFacts): Finding {
  const remove: Argv = ['nixos-nspawn', 'remove', name];
  return containerFinding('orphaned-profile', name, `${places.profileDir} has no current generation.`, {
    commands: [remove],
  });
}
