import { readdir, readFile } from 'node:fs/promises';
import { expect } from 'chai';
import * as z from 'zod';
import { documents, jsonSchemas } from '../../../src/operations/documents.js';

const root = new URL('../../../', import.meta.url);
const manifestSchema = z.object({
  commands: z.record(
    z.string(),
    z.object({ hidden: z.boolean().optional(), enableJsonFlag: z.boolean().optional() }),
  ),
});

describe('the documents that commands print', () => {
  it('have schemas for exactly the commands that accept --json', async () => {
    const manifest = await readFile(new URL('oclif.manifest.json', root), 'utf8');
    const commands = Object.entries(manifestSchema.parse(JSON.parse(manifest)).commands)
      .filter(([, { hidden, enableJsonFlag }]) => enableJsonFlag && !hidden)
      .map(([id]) => id.replaceAll(':', ' '));
    expect(Object.keys(documents)).to.have.members(commands);
  });

  it('have a schema file for each command, to which the manual links', async () => {
    const directory = new URL('docs/public/json-schema/', root);
    const files = await readdir(directory);
    const names = Object.keys(jsonSchemas()).map((command) => `${command.replaceAll(' ', '-')}.json`);
    expect(files).to.have.members(names);
    const page = await readFile(new URL('docs/json.md', root), 'utf8');
    for (const name of names) expect(page, 'docs/json.md').to.include(`/json-schema/${name}`);
  });

  it('may have additional fields', () => {
    expect(JSON.stringify(jsonSchemas())).not.to.include('"additionalProperties":false');
    expect(jsonSchemas().cat).to.include({ title: 'nixos-nspawn: cat --json', type: 'array' });
  });
});
