import type { Facts } from '../facts.js';
import { containerFinding, type Finding } from '../finding.js';

/** What the tool remembers of a container and cannot read. */
export const recordFindings = ({ containers }: Facts): Finding[] =>
  containers.flatMap(({ found: { name, places }, recordProblem }) =>
    recordProblem === null
      ? []
      : [
          containerFinding('record-unreadable', name, recordProblem, {
            advice: `Restore ${places.record} from a backup. Otherwise move it away and give the source again: 'nixos-nspawn update ${name} --flake REF'.`,
          }),
        ],
  );
