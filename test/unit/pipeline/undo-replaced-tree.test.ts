import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { hiddenName } from '../../../src/host/trees.js';
import { carryOut, type Undo } from '../../../src/pipeline/undo.js';

describe('the undo of a tree that replaced another one', () => {
  let directory: string;
  let tree: string;
  let undo: Undo;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'nspawn-replaced-'));
    tree = join(directory, 'web');
    const hidden = hiddenName(tree);
    await mkdir(tree);
    await writeFile(join(tree, 'data'), 'former');
    undo = { do: 'move', from: hidden, to: tree, replaces: true };
    await rename(tree, hidden);
  });

  afterEach(() => rm(directory, { recursive: true }));

  const expectFormer = async () => {
    expect(await readFile(join(tree, 'data'), 'utf8')).to.equal('former');
    expect(await readdir(directory)).to.deep.equal(['web']);
  };

  it('deletes the new tree and restores the former one', async () => {
    await mkdir(tree);
    await writeFile(join(tree, 'data'), 'new');
    await carryOut(undo);
    await expectFormer();
  });

  it('restores the former one if there is no new one yet', async () => {
    await carryOut(undo);
    await expectFormer();
  });

  it('keeps the former one if it is carried out again', async () => {
    await mkdir(tree);
    await carryOut(undo);
    await carryOut(undo);
    await expectFormer();
  });

  it('keeps the former one if it was interrupted while it deleted the new one', async () => {
    await mkdir(tree);
    await rename(tree, hiddenName(tree));
    await carryOut(undo);
    await expectFormer();
  });
});
