import { join } from 'node:path';
import { entriesSeen, isPresent } from '../../../base/files.js';
import { asStoredName, isStoredName } from '../../../container/name.js';
import { containerPlaces } from '../../../host/layout.js';
import { hiddenBy } from '../../../host/trees.js';
import { check, warning } from '../../check.js';
import { type Named, orphans } from '../../facts/orphans.js';
import { containerProblem } from '../../finding.js';
import { fact } from '../../look.js';

/** Trees that could not be deleted completely. An unfinished operation may still move its tree back. */
const remnants = fact(async (look): Promise<readonly Named[]> => {
  const { layout } = look;
  const all: Named[] = [];
  for (const directory of [layout.machinesDir, layout.profilesDir]) {
    for (const file of await entriesSeen(directory)) {
      const name = hiddenBy(file);
      if (name === null || !isStoredName(name)) continue;
      if (!(await isPresent(containerPlaces(layout, name).journal)))
        all.push({ name, path: join(directory, file) });
    }
  }
  return orphans(look, all, new Set());
});

export const undeletedTree = check({
  findings: {
    'undeleted-tree': warning('It takes up space and holds data that was meant to be deleted.'),
  },
  look: { remnants },
  judge: ({ remnants }) =>
    remnants.map(({ name, path }) =>
      containerProblem(
        'undeleted-tree',
        asStoredName(name),
        `${path} should have been deleted with ${name}, but still exists.`,
        { own: 'delete-remnants', safe: true },
      ),
    ),
});
