import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { entries, isPresent } from '../../../src/base/files.js';
import { containerName } from '../../../src/container/name.js';
import { containerPlaces, type Places } from '../../../src/host/layout.js';
import { type Context, operationContext } from '../../../src/operations/context.js';
import { applyOwnFix } from '../../../src/operations/own-fixes.js';
import { Transaction } from '../../../src/pipeline/transaction.js';
import { FakeHost } from '../cli/fake-host.js';

const name = containerName('db');

describe('a fix of doctor that changes a container', () => {
  let host: FakeHost;
  let leave: () => void;
  let places: Places;
  let context: Context;

  beforeEach(async () => {
    host = await FakeHost.make();
    leave = host.enter();
    places = containerPlaces(host.layout, name);
    context = operationContext({ root: host.root });
  });

  afterEach(async () => {
    leave();
    await host.end();
  });

  it('deletes the trees that removals of this container left, and no others', async () => {
    const left = (directory: string, of: string) => join(directory, `.${of}.removed-1a-2b`);
    const { machinesDir, profilesDir } = host.layout;
    for (const directory of [machinesDir, profilesDir])
      for (const of of ['db', 'web']) await mkdir(join(left(directory, of), 'inner'), { recursive: true });
    await applyOwnFix('delete-remnants', name, context);
    for (const directory of [machinesDir, profilesDir])
      expect(await entries(directory)).to.have.members(['db', '.web.removed-1a-2b']);
  });

  it('restores missing and changed files of the current generation', async () => {
    await mkdir(dirname(places.dropIn), { recursive: true });
    await writeFile(places.dropIn, 'changed\n');
    await rm(places.unitFile);
    await applyOwnFix('restore-files', name, context);
    const before = await host.tree();
    expect(await isPresent(places.unitFile)).to.equal(true);
    expect(await isPresent(join(host.layout.networkDir, '20-ve-db.network'))).to.equal(true);
    await applyOwnFix('restore-files', name, context);
    expect(await host.tree()).to.deep.equal(before);
  });

  it('undoes an operation that was interrupted', async () => {
    const killed = new Transaction(places.journal, 'update');
    await killed.willUndo({ do: 'put-file', path: places.dropIn, state: { kind: 'absent' } });
    await mkdir(dirname(places.dropIn), { recursive: true });
    await writeFile(places.dropIn, '');
    await applyOwnFix('recover', name, context);
    expect([await isPresent(places.dropIn), await isPresent(places.journal)]).to.deep.equal([false, false]);
  });
});
