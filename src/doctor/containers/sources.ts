import type { Argv } from '../../process.js';
import type { Facts } from '../facts.js';
import { containerFinding, type Finding } from '../finding.js';

/** What containers take from the host: directories and credentials. */
export function sourceFindings({ containers }: Facts): Finding[] {
  return containers.flatMap(({ found: { name, places }, ...container }) => [
    ...container.imagesInTheWay.map((path) =>
      containerFinding(
        'image-in-the-way',
        name,
        `systemd-nspawn takes ${path} for ${name}, in place of ${places.stateDir}.`,
        { advice: `Move ${path} away, or rename it.` },
      ),
    ),
    ...container.unreadableNetworks.map((path) =>
      containerFinding(
        'network-unreadable',
        name,
        `networkd cannot read ${path}, on the way to a file of ${name}.`,
        {
          commands: [
            ['chmod', 'a+rX', path],
            ['networkctl', 'reload'],
          ],
          safe: true,
        },
      ),
    ),
    ...container.missingBinds.map(({ path, why }) =>
      containerFinding('bind-source-missing', name, `${name} mounts ${path}, which ${why}.`, {
        // It may also be a disk that is not mounted, so that is asked.
        commands: [['mkdir', '--parents', '--', path] satisfies Argv],
      }),
    ),
    ...container.unreadableCredentials.map(({ id, path, why }) =>
      containerFinding('credential-unreadable', name, `${path}, the credential ${id} of ${name}, ${why}.`, {
        advice: `Put a file there that root can read, or take it out of ${name}'s credentials and update the container.`,
      }),
    ),
  ]);
}
