import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { checks } from '../../../src/doctor/checks.js';

const findings = checks.flatMap((check) => Object.entries(check.findings));
const ids = findings.map(([id]) => id);
const textOf = (file: string) => readFile(new URL(file, import.meta.url), 'utf8');

describe('the checks of doctor', () => {
  it('have different ids', () => {
    expect(new Set(ids).size).to.equal(ids.length);
  });

  it('have a section of the manual for each finding, in the same order, with its severity and reason', async () => {
    const sections = (await textOf('../../../docs/doctor.md')).split(/^### /m).slice(1);
    expect(sections.map((section) => section.split('\n')[0])).to.deep.equal(ids);
    for (const [index, [id, { severity, why }]] of findings.entries()) {
      expect(sections[index], id).to.include(`*${severity}.*`);
      expect(sections[index]?.replace(/\s+/g, ' '), id).to.include(why);
    }
  });

  it('have a row for each finding in the tables of their tests', async () => {
    const tables = await Promise.all(
      ['./checks/host.test.ts', './checks/containers.test.ts'].map((file) => textOf(file)),
    );
    const tested = new Set([...tables.join('\n').matchAll(/^ +id: '([a-z0-9-]+)',$/gm)].map(([, id]) => id));
    expect(ids.filter((id) => !tested.has(id))).to.deep.equal([]);
  });
});
