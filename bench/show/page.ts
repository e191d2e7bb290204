import type { AllResults } from '../results.js';
import { asMarkdown, fileOf } from './markdown.js';
import { asSvg } from './svg.js';

/** The files that docs/performance.md includes: contents by path in the repository. */
export function pageFiles(all: AllResults): Map<string, string> {
  const files = new Map([['docs/performance/figures.md', asMarkdown(all)]]);
  for (const [suite, { parts }] of Object.entries(all)) {
    for (const part of parts) {
      if (part.curve !== null)
        files.set(`docs/performance/${fileOf(suite, part)}`, asSvg(part.title, part.curve));
    }
  }
  return files;
}
