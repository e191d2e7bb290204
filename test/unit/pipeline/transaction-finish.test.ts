import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { NspawnError } from '../../../src/errors/nspawn-error.js';
import { recover, Transaction } from '../../../src/pipeline/transaction.js';

/** Accepts all records. Another module checks them. */
const anywhere = async () => null;

describe('a change that is only carried out after the commit', () => {
  let directory: string;
  let journal: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'transaction-'));
    journal = join(directory, 'state', 'journal', 'web.jsonl');
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const isThere = (path: string) =>
    access(path).then(
      () => true,
      () => false,
    );

  it('is done by commit, and leaves no journal', async () => {
    const doomed = join(directory, 'doomed');
    await mkdir(doomed);
    const transaction = new Transaction(journal, 'prune');
    await transaction.commit([{ do: 'remove-tree', path: doomed }]);
    expect(transaction.committed).to.equal(true);
    expect(await isThere(doomed)).to.equal(false);
    expect(await isThere(journal)).to.equal(false);
  });

  it('is finished by the next run if it was interrupted', async () => {
    // Given a finish whose first part cannot be carried out, because a file has the path of the tree.
    const [blocked, doomed] = [join(directory, 'blocked'), join(directory, 'doomed')];
    await writeFile(blocked, '');
    await mkdir(doomed);
    const unfinished: NspawnError[] = [];
    const transaction = new Transaction(journal, 'prune', (failure) => unfinished.push(failure));
    // Then the change is committed nevertheless, and what is left is reported.
    await transaction.commit([
      { do: 'remove-tree', path: blocked },
      { do: 'remove-tree', path: doomed },
    ]);
    expect(unfinished.map(({ code }) => code)).to.deep.equal(['state-outside']);
    expect(transaction.committed).to.equal(true);
    expect(await readFile(journal, 'utf8')).to.match(/"begin".*\n.*"commit"/);
    // When the obstacle is removed, the next run finishes the change and does not undo it.
    await rm(blocked);
    const recovery = await recover(journal, anywhere);
    expect(recovery).to.deep.equal({
      operation: 'prune',
      outcome: 'finished',
      remnants: [],
      failures: [],
      warnings: [],
    });
    expect(await isThere(journal)).to.equal(false);
  });

  it('can be empty: a failure after the commit then undoes nothing', async () => {
    const transaction = new Transaction(journal, 'autostart');
    const made = join(directory, 'made');
    await transaction.willUndo({ do: 'remove-directory', path: made });
    await mkdir(made);
    await transaction.commit();
    expect(transaction.committed).to.equal(true);
    expect(await transaction.rollBack()).to.deep.equal({ remnants: [], failures: [] });
    expect(await isThere(made)).to.equal(true);
  });
});
