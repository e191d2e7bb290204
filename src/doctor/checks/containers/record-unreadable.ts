import { seeRecord } from '../../../host/record.js';
import { check, warning } from '../../check.js';
import { eachContainer } from '../../facts/containers.js';
import { containerProblem } from '../../finding.js';

/** Why the container's record cannot be used; null if it can. */
const containers = eachContainer(({ container: { isDeclarative, places } }) =>
  isDeclarative ? null : seeRecord(places.record).problem,
);

export const recordUnreadable = check({
  findings: {
    'record-unreadable': warning(
      'The container cannot be updated or rolled back, and its source is unknown.',
    ),
  },
  look: { containers },
  judge: ({ containers }) =>
    containers.flatMap(({ container: { name, places }, seen: problem }) =>
      problem === null
        ? []
        : [
            containerProblem('record-unreadable', name, problem, {
              advice: `Restore ${places.record} from a backup. Otherwise move it away and pass the source again: 'nixos-nspawn update ${name} --flake REF'.`,
            }),
          ],
    ),
});
