import { asStoredName } from '../../../container/name.js';
import { check, note } from '../../check.js';
import { namesReportedElsewhere, orphanedSettings as settingsFact } from '../../facts/orphans.js';
import { containerProblem } from '../../finding.js';

/** Settings that somebody made by hand for the service of a container that does not exist. */
export const orphanedSettings = check({
  findings: { 'orphaned-settings': note('They apply to the next container with that name.') },
  look: { settings: settingsFact, reported: namesReportedElsewhere },
  judge: ({ settings, reported }) =>
    settings
      .filter(({ name }) => !reported.has(name))
      .map(({ name, path }) =>
        containerProblem(
          'orphaned-settings',
          asStoredName(name),
          `${path} is for ${name}, which does not exist.`,
          { advice: "If nobody needs it, delete it, then run 'systemctl daemon-reload'." },
        ),
      ),
});
