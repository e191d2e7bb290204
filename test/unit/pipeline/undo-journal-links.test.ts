import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { carryOut } from '../../../src/pipeline/undo.js';

describe('the undo of a new root, for links to journals', () => {
  const [WEB, KEPT, DB] = ['a', 'b', 'c'].map((digit) => digit.repeat(32)) as [string, string, string];
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'nspawn-journals-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('deletes those of the container that lead nowhere, and no others', async () => {
    // Given a link to a deleted journal, one to a journal that exists, and one of another container.
    const [journalsDir, machinesDir] = [join(directory, 'journal'), join(directory, 'machines')];
    await mkdir(journalsDir);
    await mkdir(join(machinesDir, 'web/var/log/journal', KEPT), { recursive: true });
    const link = (id: string, name: string) =>
      symlink(join(machinesDir, name, 'var/log/journal', id), join(journalsDir, id));
    await link(WEB, 'web');
    await link(KEPT, 'web');
    await link(DB, 'db');
    // When the undo is carried out, twice as after an interrupted one.
    const undo = { do: 'forget-journal-links', name: 'web', journalsDir, machinesDir } as const;
    await carryOut(undo);
    await carryOut(undo);
    expect((await readdir(journalsDir)).sort()).to.deep.equal([KEPT, DB]);
  });
});
