import { basename, join } from 'node:path';
import { fileState } from '../../../base/files.js';
import type { Places } from '../../../host/layout.js';
import { check, error } from '../../check.js';
import { eachContainer } from '../../facts/containers.js';
import { containerProblem } from '../../finding.js';

/** The link to /dev/null that masks the container's service, or the template of all; null if there is none. */
const containers = eachContainer(({ container: { places } }) => maskedAt(places));

export const unitMasked = check({
  findings: { 'unit-masked': error('systemd does not start a masked service.') },
  look: { containers },
  judge: ({ containers }) =>
    containers.flatMap(({ container: { name }, seen: link }) =>
      link === null
        ? []
        : [
            containerProblem('unit-masked', name, `The service of ${name} is masked (${link}).`, {
              commands: [
                ['systemctl', 'unmask', ...(link.startsWith('/run/') ? ['--runtime'] : []), basename(link)],
              ],
            }),
          ],
    ),
});

/** systemd.unit(5): a unit is masked by a link to /dev/null. */
async function maskedAt({ service }: Pick<Places, 'service'>): Promise<string | null> {
  const template = service.replace(/@.*\./, '@.');
  const links = [service, template].flatMap((unit) =>
    ['/etc/systemd/system', '/run/systemd/system'].map((directory) => join(directory, unit)),
  );
  for (const link of links) {
    const state = await fileState(link);
    if (state.kind === 'link' && state.target === '/dev/null') return link;
  }
  return null;
}
