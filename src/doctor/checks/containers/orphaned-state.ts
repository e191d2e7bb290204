import { asStoredName } from '../../../container/name.js';
import { check, note } from '../../check.js';
import { namesReportedElsewhere, orphanedStates } from '../../facts/orphans.js';
import { containerProblem } from '../../finding.js';

/** The state that a removed container left. */
export const orphanedState = check({
  findings: {
    'orphaned-state': note("'remove' keeps it on purpose. A new container with that name uses it."),
  },
  look: { states: orphanedStates, reported: namesReportedElsewhere },
  judge: ({ states, reported }) =>
    states
      .filter(({ name }) => !reported.has(name))
      .map(({ name, path }) =>
        containerProblem(
          'orphaned-state',
          asStoredName(name),
          `${path} is the state of a container that does not exist.`,
          { advice: `If nobody needs it, delete it with 'machinectl remove ${name}'.` },
        ),
      ),
});
