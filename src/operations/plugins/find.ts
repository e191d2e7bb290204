import { unknownPlugin } from '../../errors/plugins.js';
import type { Survey } from '../../plugins/discovery.js';
import { nearest } from '../../text/nearest.js';

const namesOf = (survey: Survey) =>
  'manifest' in survey.reading ? [survey.reading.manifest.name, survey.name] : [survey.name];

/** Finds a plugin by its own name or by its package's. @throws NspawnError `unknown-plugin` */
export function findPlugin(surveys: readonly Survey[], name: string): Survey {
  const found = surveys.find((survey) => namesOf(survey).includes(name));
  if (found !== undefined) return found;
  const known = surveys.flatMap((survey) => namesOf(survey).slice(0, 1));
  throw unknownPlugin(name, nearest(name, known), known);
}
