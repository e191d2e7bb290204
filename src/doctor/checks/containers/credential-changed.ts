import { compareCredentials } from '../../../systemd/credentials.js';
import { check, warning } from '../../check.js';
import { eachContainer } from '../../facts/containers.js';
import { containerProblem } from '../../finding.js';

/** A credential that cannot be compared is not a problem: its file may be for root only, or is reported elsewhere. */
const containers = eachContainer(async ({ container: { settings }, machine }, { signal }) =>
  (await compareCredentials(settings?.credentials ?? [], machine?.leader ?? null, { signal })).filter(
    ({ changed }) => changed === true,
  ),
);

export const credentialChanged = check({
  findings: {
    'credential-changed': warning('Its services use the old content until the container is restarted.'),
  },
  look: { containers },
  judge: ({ containers }) =>
    containers.flatMap(({ container: { name }, seen }) =>
      seen.map(({ id, path }) =>
        containerProblem(
          'credential-changed',
          name,
          `The content of ${path}, the credential ${id} of ${name}, has changed since ${name} was started.`,
          { commands: [['nixos-nspawn', 'restart', name]] },
        ),
      ),
    ),
});
