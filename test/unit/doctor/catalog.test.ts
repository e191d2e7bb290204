import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { catalog } from '../../../src/doctor/catalog.js';

describe('the findings of doctor', () => {
  it('have a section in the manual each, with the same severity and reason, and no section is of another', async () => {
    const page = await readFile(new URL('../../../docs/doctor.md', import.meta.url), 'utf8');
    const sections = page.split(/^### /m).slice(1);
    expect(sections.map((section) => section.split('\n')[0])).to.deep.equal(Object.keys(catalog));
    for (const [index, [id, { severity, why }]] of Object.entries(catalog).entries()) {
      expect(sections[index], id).to.include(`*${severity}.*`);
      expect(sections[index], id).to.include(why);
    }
  });

  it('are found by a test each: on the real host, or where that cannot be made so, from facts', async () => {
    const tests = await Promise.all(
      ['../../host/doctor.test.ts', './judge.test.ts'].map((file) =>
        readFile(new URL(file, import.meta.url), 'utf8'),
      ),
    );
    // The name of a case, or among the names that are expected: 'orphaned-file', 'port-twice web'.
    const expected = tests.join('\n').match(/^.*(?: id: |deep\.equal\(\[|to\.include\().*$/gm) ?? [];
    const named = new Set(expected.flatMap((line) => line.match(/(?<=')[a-z0-9-]+(?=[' ])/g) ?? []));
    const untested = Object.keys(catalog).filter((id) => !named.has(id));
    expect(untested).to.deep.equal([]);
  });
});
