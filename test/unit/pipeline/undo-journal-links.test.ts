import { lutimes, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
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

  it('deletes those of systemd 258 and newer by their machine ID, or if they are new and nobody has it', async () => {
    // Given links to temporary places: an old one without an owner, and those of two trees.
    const [journalsDir, machinesDir] = [join(directory, 'journal'), join(directory, 'machines')];
    await mkdir(journalsDir);
    const [OLD, NEW] = ['d', 'e'].map((digit) => digit.repeat(32)) as [string, string];
    const link = (id: string) =>
      symlink(`/tmp/nspawn-root-QITJ2Y/var/log/journal/${id}`, join(journalsDir, id));
    for (const [name, id] of [
      ['web', WEB],
      ['db', DB],
    ] as const) {
      await mkdir(join(machinesDir, name, 'etc'), { recursive: true });
      await writeFile(join(machinesDir, name, 'etc/machine-id'), `${id}\n`);
      await link(id);
    }
    // A tree with a machine ID that is not a file is not read.
    await mkdir(join(machinesDir, 'odd/etc/machine-id'), { recursive: true });
    await link(OLD);
    const since = Date.now();
    await lutimes(join(journalsDir, OLD), since / 1000 - 60, since / 1000 - 60);
    // And one that a start of the container makes later.
    await link(NEW);
    await lutimes(join(journalsDir, NEW), since / 1000 + 1, since / 1000 + 1);
    // When the undo is carried out without the time of the change, then with it.
    const undo = { do: 'forget-journal-links', name: 'web', journalsDir, machinesDir } as const;
    await carryOut(undo);
    expect((await readdir(journalsDir)).sort()).to.deep.equal([DB, OLD, NEW]);
    await carryOut({ ...undo, since });
    expect((await readdir(journalsDir)).sort()).to.deep.equal([DB, OLD]);
  });
});
