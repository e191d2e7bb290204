import type { Argv } from '../../process.js';
import type { Facts } from '../facts.js';
import { containerFinding, type Finding } from '../finding.js';

/** What containers take from the host: directories and credentials. */
export function sourceFindings({ containers }: Facts): Finding[] {
  return containers.flatMap(({ found: { name }, missingBinds, unreadableCredentials }) => [
    ...missingBinds.map((path) =>
      containerFinding('bind-source-missing', name, `${name} mounts ${path}, which is not there.`, {
        // It may also be a disk that is not mounted, so that is asked.
        commands: [['mkdir', '--parents', '--', path] satisfies Argv],
      }),
    ),
    ...unreadableCredentials.map(({ id, path, why }) =>
      containerFinding('credential-unreadable', name, `${path}, the credential ${id} of ${name}, ${why}.`, {
        advice: `Put a file there that root can read, or take it out of ${name}'s credentials and update the container.`,
      }),
    ),
  ]);
}
