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
});
