import { asStoredName } from '../../../container/name.js';
import { check, warning } from '../../check.js';
import { namesReportedElsewhere, orphanedFiles, orphanedRecords } from '../../facts/orphans.js';
import { containerProblem } from '../../finding.js';

/** Records of containers that do not exist; the finding `orphaned-file` includes the record of its name. */
export const orphanedRecord = check({
  findings: {
    'orphaned-record': warning('The next container with that name would be mistaken for the old one.'),
  },
  look: { files: orphanedFiles, records: orphanedRecords, reported: namesReportedElsewhere },
  judge: ({ files, records, reported }) =>
    records
      .filter(({ name }) => !reported.has(name) && !files.some((file) => file.name === name))
      .map(({ name, path }) =>
        containerProblem(
          'orphaned-record',
          asStoredName(name),
          `${path} is the record of ${name}, which does not exist.`,
          { commands: [['rm', '--', path]] },
        ),
      ),
});
