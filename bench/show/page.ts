import type { Results } from '../results.js';
import { asMarkdown, fileOf } from './markdown.js';
import { asSvg } from './svg.js';

/** The files that docs/performance.md includes: contents by path in the repository. */
export function pageFiles(results: Results): Map<string, string> {
  const files = new Map([['docs/performance/figures.md', asMarkdown(results)]]);
  for (const part of results.parts) {
    if (part.curve !== null) files.set(`docs/performance/${fileOf(part)}`, asSvg(part.title, part.curve));
  }
  return files;
}
