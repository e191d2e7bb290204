import { bindSources, createdSources, type Settings } from '../../../container/settings.js';
import { missingSources } from '../../../host/bind-sources.js';
import { check, error } from '../../check.js';
import { eachContainer } from '../../facts/containers.js';
import { containerProblem } from '../../finding.js';

const containers = eachContainer(({ container: { settings } }) =>
  settings === null ? [] : missingSources(ownersSources(settings)),
);

/** The sources that must exist already, because the tool does not create them before a start. */
function ownersSources(settings: Settings): string[] {
  const created = new Set(createdSources(settings));
  return bindSources(settings).filter((source) => !created.has(source));
}

export const bindSourceMissing = check({
  findings: {
    'bind-source-missing': error('systemd does not start a container if the source of a mount is missing.'),
  },
  look: { containers },
  judge: ({ containers }) =>
    containers.flatMap(({ container: { name }, seen: missing }) =>
      missing.map(({ path, why }) =>
        containerProblem('bind-source-missing', name, `${name} mounts ${path}, which ${why}.`, {
          // The path may also belong to a disk that is not mounted, so --fix asks.
          commands: [['mkdir', '--parents', '--', path]],
        }),
      ),
    ),
});
