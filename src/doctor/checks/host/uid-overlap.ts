import { join } from 'node:path';
import { readText } from '../../../base/files.js';
import { CONTAINER_IDS } from '../../../container/user-ids.js';
import { list } from '../../../text/words.js';
import { check, warning } from '../../check.js';
import { containers, type Examined } from '../../facts/containers.js';
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
    'shared-user-ids': warning(
      'Root of one of these containers has the rights of root on the files of the others.',
    ),
  },
  look: { overlapping, containers },
  judge: ({ overlapping, containers }) => {
    const isUsed = containers.some(({ container }) => container.settings?.userNamespacing);
    const shared = [...byFirstId(containers)].filter(([, names]) => names.length > 1);
    const users = overlapping.map(({ name, uid }) => `${name} (${uid})`).join(', ');
    const isOverlapping = isUsed && overlapping.length > 0;
    return [
      ...(isOverlapping
        ? [
            hostProblem('uid-overlap', `Users of the host have ids that containers may get: ${users}.`, {
              advice: `Give these users ids below ${CONTAINER_IDS.from} or above ${CONTAINER_IDS.to}.`,
            }),
          ]
        : []),
      ...shared.map(([id, names]) =>
        hostProblem('shared-user-ids', `The containers ${list(names)} have the same user ids, from ${id}.`, {
          advice: 'Set privateUsers to another multiple of 65536 in all but one of them.',
        }),
      ),
    ];
  },
});

/** The containers with fixed ids, by their first id. */
function byFirstId(containers: readonly Examined[]): Map<number, string[]> {
  const names = new Map<number, string[]>();
  for (const { container } of containers) {
    const id = container.settings?.privateUsers;
    if (typeof id === 'number') names.set(id, [...(names.get(id) ?? []), container.name]);
  }
  return names;
}
