import { join } from 'node:path';
import { readText } from '../../../base/files.js';
import { CONTAINER_IDS } from '../../../container/user-ids.js';
import { check, warning } from '../../check.js';
import { containers } from '../../facts/containers.js';
import { hostProblem } from '../../finding.js';
import { fact } from '../../look.js';

/** Users of the host whose ids a container might get. */
const overlapping = fact(async ({ layout }): Promise<readonly { name: string; uid: number }[]> => {
  const passwd = (await readText(join(layout.root, 'etc', 'passwd'))) ?? '';
  return passwd.split('\n').flatMap((line) => {
    const [name, , id] = line.split(':');
    const uid = Number(id);
    const isInRange = uid >= CONTAINER_IDS.from && uid <= CONTAINER_IDS.to;
    return name !== undefined && isInRange ? [{ name, uid }] : [];
  });
});

export const uidOverlap = check({
  findings: {
    'uid-overlap': warning(
      'systemd assigns such ids to containers, so a user of the host and a user of a container can have the same id.',
    ),
  },
  look: { overlapping, containers },
  judge: ({ overlapping, containers }) => {
    const isUsed = containers.some(({ container }) => container.settings?.userNamespacing);
    if (!isUsed || overlapping.length === 0) return [];
    const users = overlapping.map(({ name, uid }) => `${name} (${uid})`).join(', ');
    return [
      hostProblem('uid-overlap', `Users of the host have ids that containers may get: ${users}.`, {
        advice: `Give these users ids below ${CONTAINER_IDS.from} or above ${CONTAINER_IDS.to}.`,
      }),
    ];
  },
});
