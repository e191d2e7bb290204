import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { covered } from '../../../bench/measure/command.js';
import { median } from '../../../bench/measure/paired.js';
import { resultsSchema } from '../../../bench/results.js';
import { pageFiles } from '../../../bench/show/page.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const textOf = (path: string) => readFile(join(root, path), 'utf8');

describe('the figures in the manual', () => {
  it('are those of the kept results, each with its curve', async () => {
    const results = resultsSchema.parse(JSON.parse(await textOf('bench/results.json')));
    const files = pageFiles(results);
    const there = (await readdir(join(root, 'docs/performance'))).map((name) => `docs/performance/${name}`);
    expect(there.sort()).to.deep.equal([...files.keys()].sort());
    for (const [path, content] of files) expect(await textOf(path), path).to.equal(content);
  });
});

describe('measuring', () => {
  it("counts a time in which several children ran once, so that the rest is the process's own", () => {
    const spans = [
      { began: 10, ended: 30 },
      { began: 0, ended: 5 },
      { began: 20, ended: 40 },
      { began: 22, ended: 25 },
    ];
    expect(covered(spans)).to.equal(35);
  });

  it('takes the middle one, or the mean of the two in the middle', () => {
    expect(median([9, 1, 5])).to.equal(5);
    expect(median([9, 1, 5, 6])).to.equal(5.5);
  });
});
