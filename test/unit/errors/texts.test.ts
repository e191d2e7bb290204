import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { errorText } from '../../../cli/outputs/report.js';
import { ERROR_CODES } from '../../../src/errors/codes.js';
import { ExitCode } from '../../../src/errors/exit-codes.js';
import { errorDocument, type NspawnError } from '../../../src/errors/nspawn-error.js';
import * as catalog from './catalog.js';
import { adoptedExamples, errorExamples } from './examples.js';

/** The files of src/errors that do not define errors. */
const NO_ERRORS = ['codes.ts', 'exit-codes.ts', 'nspawn-error.ts', 'system-calls.ts'];

const place = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const golden = place('texts.golden.txt');
const troubleshooting = place('../../../docs/troubleshooting.md');

describe('all errors', () => {
  const examples: readonly NspawnError[] = [
    ...Object.values(errorExamples(catalog)).flat(),
    ...adoptedExamples(),
  ];

  it('have the texts of the golden file', async () => {
    const text = examples
      .map((error) => `[${error.code}, exit code ${error.exitCode}]\n${errorText(error, false)}`)
      .join('\n');
    if (process.env.UPDATE_GOLDEN) await writeFile(golden, text);
    expect(text, 'if the change is meant: UPDATE_GOLDEN=1 npx mocha test/unit/errors/texts.test.ts').to.equal(
      await readFile(golden, 'utf8'),
    );
  });

  for (const error of examples) {
    it(`${error.code} states what happened and what to do next: ${error.message}`, () => {
      // An unexpected error has the message with which it was thrown.
      if (error.code !== 'unexpected')
        expect(error.message)
          .to.match(/^[\p{Lu}/'‘]/u, 'begins like a sentence')
          .and.match(/[.!?]$/, 'ends like one');
      for (const step of error.nextSteps) expect(step).to.match(/[.!?]$/, 'a step is a sentence too');
      const saysMore =
        error.nextSteps.length > 0 || 'stderr' in error.details || error.code === 'interrupted';
      expect(saysMore, 'a reader knows what to do next').to.equal(true);
    });
  }

  it('have documented exit codes', async () => {
    const documented = [
      ...(await readFile(place('../../../docs/json.md'), 'utf8')).matchAll(/^\| (\d+) \|/gm),
    ].map(([, code]) => Number(code));
    expect(documented).to.have.members(Object.values(ExitCode));
    for (const error of examples) expect(documented).to.include(error.exitCode);
  });

  it('are all in the catalogue of this test', async () => {
    const files = (await readdir(place('../../../src/errors'))).filter((file) => !NO_ERRORS.includes(file));
    const listed = [...(await readFile(place('catalog.ts'), 'utf8')).matchAll(/src\/errors\/([\w-]+)\.js/g)];
    expect(listed.map(([, name]) => `${name}.ts`)).to.have.members(files);
  });

  it('have exactly the codes that are documented for programs', () => {
    expect(ERROR_CODES).to.have.members([...new Set(examples.map(({ code }) => code))]);
  });

  it('have exactly the entries of the troubleshooting page, with their exit codes', async () => {
    const page = await readFile(troubleshooting, 'utf8');
    const entries = [...page.matchAll(/^### `([a-z-]+)` \(([^)]+)\)$/gm)].map(
      ([, code = '', exits = '']) => ({
        code,
        exits: (exits.match(/\d+/g) ?? []).map(Number).sort(),
      }),
    );
    const codes = [...new Set(examples.map(({ code }) => code))].sort();
    expect(entries.map(({ code }) => code).sort()).to.deep.equal(codes);
    for (const { code, exits } of entries) {
      const meant = examples.filter((error) => error.code === code).map(({ exitCode }) => exitCode);
      expect(exits, code).to.deep.equal([...new Set(meant)].sort());
    }
  });

  it('share the troubleshooting page with all warnings', async () => {
    const files = await readdir(place('../../../src'), { recursive: true });
    const sources = await Promise.all(
      files
        .filter((file) => file.endsWith('.ts'))
        .map((file) => readFile(join(place('../../../src'), file), 'utf8')),
    );
    const told = /(?:type: 'warning',\s*code: |warn\(\s*|\{\s*code: )'([a-z-]+)',(?!\s*(?:exitCode|why))/g;
    const codes = new Set(sources.flatMap((text) => [...text.matchAll(told)].map(([, code]) => code)));
    expect([...codes]).to.include.members(['not-logged', 'recovered', 'unfinished-operation', 'plugin']);
    const page = await readFile(troubleshooting, 'utf8');
    expect([...codes].filter((code) => !page.includes(`### \`${code}\``))).to.deep.equal([]);
  });

  it('become JSON on one line, whatever their details are', () => {
    for (const error of examples) {
      const text = JSON.stringify(errorDocument(error));
      expect(text).not.to.include('\n');
      expect(JSON.parse(text).error).to.include({ code: error.code, exit_code: error.exitCode });
    }
  });
});
