import type { Argv } from '../../../base/process.js';
import { asStoredName } from '../../../container/name.js';
import { check, warning } from '../../check.js';
import { namesReportedElsewhere, orphanedFiles, orphanedRecords } from '../../facts/orphans.js';
import { containerProblem } from '../../finding.js';

/** Files of containers that do not exist, in one finding for each name. The record is deleted with them. */
export const orphanedFile = check({
  findings: {
    'orphaned-file': warning(
      'systemd still reads it, and it would apply to the next container with that name.',
    ),
  },
  look: { files: orphanedFiles, records: orphanedRecords, reported: namesReportedElsewhere },
  judge: ({ files, records, reported }) => {
    const names = new Set(files.map(({ name }) => name).filter((name) => !reported.has(name)));
    return [...names].map((name) => {
      const paths = files.filter((file) => file.name === name).map(({ path }) => path);
      const remembered = records.filter((record) => record.name === name).map(({ path }) => path);
      return containerProblem(
        'orphaned-file',
        asStoredName(name),
        `${paths.join(', ')} ${paths.length === 1 ? 'belongs' : 'belong'} to ${name}, which does not exist.`,
        { commands: [['rm', '--', ...paths, ...remembered], ...reloadsAfter(paths)] },
      );
    });
  },
});

function reloadsAfter(paths: readonly string[]): Argv[] {
  const has = (ending: string) => paths.some((path) => path.endsWith(ending));
  return [
    ...(has('.network') ? [['networkctl', 'reload'] satisfies Argv] : []),
    ...(has('.conf') || has('.service') ? [['systemctl', 'daemon-reload'] satisfies Argv] : []),
  ];
}
