import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import type { NspawnError } from '../../../src/errors/nspawn-error.js';
import { hostDefaults, readableHostDefaults } from '../../../src/host/host-defaults.js';
import { hostLayout, type Layout } from '../../../src/host/layout.js';

describe("the file of the host's defaults", () => {
  let layout: Layout;
  let file: string;

  beforeEach(async () => {
    layout = hostLayout({ root: await mkdtemp(join(tmpdir(), 'root-')) });
    file = layout.defaultsFile;
    await mkdir(dirname(file), { recursive: true });
  });
  afterEach(() => rm(layout.root, { recursive: true }));

  it('is used if it exists', async () => {
    expect(await readableHostDefaults(layout)).to.equal(null);
    await writeFile(file, '{ }');
    expect(await readableHostDefaults(layout)).to.equal(file);
  });

  const unusable: Record<string, [make: () => unknown, why: string]> = {
    'a directory': [() => mkdir(file), 'it is a directory'],
    'a pipe': [() => execFileSync('mkfifo', [file]), 'it is not a regular file'],
    'a link to nothing': [() => symlink('nothing', file), 'it is a link to a file that does not exist'],
    'a link to itself': [() => symlink(file, file), 'ELOOP'],
  };
  for (const [what, [make, why]] of Object.entries(unusable))
    it(`is refused if it is ${what}`, async () => {
      await make();
      const error = await readableHostDefaults(layout).then(
        () => null,
        (reason: unknown) => reason as NspawnError,
      );
      expect(error).to.have.property('code', 'no-such-file');
      expect(error?.message).to.include(file).and.to.include(why);
      // Containers are then not built together, so that each one reports the error.
      expect(await hostDefaults(layout)).to.equal(file);
    });
});
