import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { expect } from 'chai';
import { fileState, putFile, putLink, putText } from '../../../src/base/files.js';
import { recover, Transaction } from '../../../src/pipeline/transaction.js';

/** Accepts all records. Another module checks them. */
const anywhere = async () => null;

describe('a change of several files', () => {
  let root: string;
  let journal: string;
  const at = (path: string) => join(root, path);
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'transaction-'));
    journal = at('state/journal/web.jsonl');
    await mkdir(at('etc'));
    await writeFile(at('etc/web.conf'), 'old\n', { mode: 0o600 });
    await symlink('/nix/old', at('etc/web.nspawn'));
    await writeFile(at('etc/stale.network'), 'stale\n');
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  /** Four steps. Each records how to undo a change, and returns the function that makes the change. */
  const steps: ((transaction: Transaction) => Promise<() => Promise<unknown>>)[] = [
    (transaction) =>
      put(transaction, 'etc/web.conf', () => putText(at('etc/web.conf'), 'a new and longer text\n')),
    (transaction) => put(transaction, 'etc/web.nspawn', () => putLink(at('etc/web.nspawn'), '/nix/new')),
    (transaction) =>
      put(transaction, 'etc/stale.network', () => putFile(at('etc/stale.network'), { kind: 'absent' })),
    async (transaction) => {
      await transaction.willUndo({ do: 'remove-directory', path: at('etc/fresh.d') });
      return put(transaction, 'etc/fresh.d/a.conf', () => putText(at('etc/fresh.d/a.conf'), 'fresh\n'));
    },
  ];
  async function put(transaction: Transaction, path: string, change: () => Promise<unknown>) {
    const state = await fileState(at(path));
    if (state.kind === 'other') throw new Error(`${path} is of no kind that can be put back`);
    await transaction.willUndo({ do: 'put-file', path: at(path), state });
    return change;
  }

  /** Every path below the root, with its mode, text or target. */
  async function everything(): Promise<string[]> {
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    const lines = entries.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      const name = relative(root, path);
      if (entry.isSymbolicLink()) return `${name} -> ${await readlink(path)}`;
      return entry.isDirectory() ? `${name}/` : `${name}: ${JSON.stringify(await fileState(path))}`;
    });
    return (await Promise.all(lines)).sort();
  }

  it('is rolled back completely, including modes, links and created directories', async () => {
    const before = await everything();
    const transaction = new Transaction(journal, 'update');
    for (const step of steps) await (await step(transaction))();
    expect(await everything()).not.to.deep.equal(before);
    expect(await transaction.rollBack()).to.deep.equal({ remnants: [], failures: [] });
    expect(await everything()).to.deep.equal(before);
  });

  it('is undone by the next run, at whatever step it was killed', async () => {
    const before = await everything();
    for (let done = 0; done <= steps.length; done += 1) {
      // Given a run that made `done` changes, recorded how to undo one more, and was killed before it made that one.
      const killed = new Transaction(journal, 'update');
      for (const step of steps.slice(0, done)) await (await step(killed))();
      await steps[done]?.(killed);
      expect(await recover(journal, anywhere), `after ${done} changes`).to.deep.equal({
        operation: 'update',
        outcome: 'undone',
        remnants: [],
        failures: [],
        warnings: [],
      });
      expect(await everything(), `after ${done} changes`).to.deep.equal(before);
    }
  });

  it('is undone if the changes of one step were recorded together, however many of them were made', async () => {
    const before = await everything();
    const links = ['a', 'b', 'c'].map((name) => at(`etc/fresh.d/${name}`));
    for (let made = 0; made <= links.length; made += 1) {
      const killed = new Transaction(journal, 'update');
      await killed.willUndo(
        { do: 'remove-directory', path: at('etc/fresh.d') },
        ...links.map((path) => ({ do: 'put-file', path, state: { kind: 'absent' } }) as const),
      );
      for (const path of links.slice(0, made)) await putLink(path, '/nix/new');
      expect((await recover(journal, anywhere))?.outcome).to.equal('undone');
      expect(await everything(), `after ${made} changes`).to.deep.equal(before);
    }
  });

  it('is undone even if the last record is incomplete because of a kill or a full disk', async () => {
    const before = await everything();
    const killed = new Transaction(journal, 'update');
    for (const step of steps.slice(0, 2)) await (await step(killed))();
    const whole = await readFile(journal, 'utf8');
    const half = JSON.stringify({ undo: { do: 'put-file', path: at('etc/stale.network') } });
    for (let length = 0; length < half.length; length += 7) {
      await writeFile(journal, whole + half.slice(0, length));
      expect((await recover(journal, anywhere))?.outcome).to.equal('undone');
      expect(await everything()).to.deep.equal(before);
      await mkdir(at('state/journal'), { recursive: true });
    }
  });

  it('is undone even if it was killed before it wrote the first line', async () => {
    await mkdir(at('state/journal'), { recursive: true });
    await writeFile(journal, '');
    expect(await recover(journal, anywhere)).to.deep.equal({
      operation: 'an operation',
      outcome: 'undone',
      remnants: [],
      failures: [],
      warnings: [],
    });
    expect(await readdir(root)).to.deep.equal(['etc']);
  });

  it('can be undone twice, because a recovery that was killed is repeated', async () => {
    const before = await everything();
    const killed = new Transaction(journal, 'update');
    for (const step of steps) await (await step(killed))();
    const text = await readFile(journal, 'utf8');
    await recover(journal, anywhere);
    await mkdir(at('state/journal'), { recursive: true });
    await writeFile(journal, text);
    expect((await recover(journal, anywhere))?.failures).to.deep.equal([]);
    expect(await everything()).to.deep.equal(before);
  });

  it('is not undone after it was committed', async () => {
    const transaction = new Transaction(journal, 'update');
    for (const step of steps) await (await step(transaction))();
    await transaction.commit();
    expect(await recover(journal, anywhere)).to.equal(null);
    expect(await readFile(at('etc/web.conf'), 'utf8')).to.equal('a new and longer text\n');
    expect(await readdir(root)).to.deep.equal(['etc']);
  });

  it('is undone as far as possible if a part cannot be undone, and the next run continues', async () => {
    const transaction = new Transaction(journal, 'update');
    for (const step of steps) await (await step(transaction))();
    // Given something in the way of the first file.
    await rm(at('etc/web.conf'));
    await mkdir(at('etc/web.conf/inner'), { recursive: true });
    const { failures } = await transaction.rollBack();
    expect(failures).to.have.length(1);
    expect(failures[0]?.details.path).to.include('web.conf');
    expect(await readlink(at('etc/web.nspawn'))).to.equal('/nix/old');
    expect((await fileState(at('etc/fresh.d'))).kind).to.equal('absent');
    // When it is removed.
    await rm(at('etc/web.conf'), { recursive: true });
    expect((await recover(journal, anywhere))?.failures).to.deep.equal([]);
    expect(await fileState(at('etc/web.conf'))).to.deep.equal({
      kind: 'file',
      content: 'old\n',
      mode: 0o600,
    });
  });

  it('is undone by a later run if the next one could undo only a part', async () => {
    const before = await everything();
    const killed = new Transaction(journal, 'update');
    for (const step of steps) await (await step(killed))();
    // Given something in the way of the first file.
    await rm(at('etc/web.conf'));
    await mkdir(at('etc/web.conf/inner'), { recursive: true });
    expect((await recover(journal, anywhere))?.failures).to.have.length(1);
    // When it is removed, then the journal still has what is left to do.
    await rm(at('etc/web.conf'), { recursive: true });
    expect((await recover(journal, anywhere))?.failures).to.deep.equal([]);
    expect(await everything()).to.deep.equal(before);
  });

  it('is not undone if the journal cannot be read', async () => {
    const killed = new Transaction(journal, 'update');
    for (const step of steps) await (await step(killed))();
    await appendFile(journal, '{"undo":{"do":"what nobody knows"}}\n');
    const now = await everything();
    const error = await recover(journal, anywhere).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).to.be.an('error').that.includes({ code: 'bad-journal', exitCode: 1 });
    expect(error)
      .to.have.property('message')
      .that.matches(/^Line 7 of .*web\.jsonl/);
    expect(await everything()).to.deep.equal(now);
  });

  it('is refused if the parent of its journal is not a directory', async () => {
    await mkdir(at('state'));
    for (const inTheWay of [
      () => writeFile(at('state/journal'), ''),
      () => symlink('nowhere', at('state/journal')),
    ]) {
      await rm(at('state/journal'), { force: true });
      await inTheWay();
      const error = await new Transaction(journal, 'update')
        .willUndo({ do: 'remove-directory', path: at('etc/x') })
        .then(
          () => null,
          (thrown: unknown) => thrown,
        );
      expect(error).to.be.an('error').with.property('code', 'EEXIST');
    }
  });

  it('leaves nothing if its journal cannot be created', async () => {
    await mkdir(journal, { recursive: true });
    const transaction = new Transaction(journal, 'update');
    const error = await transaction.willUndo({ do: 'remove-directory', path: at('etc/x') }).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).to.be.an('error').with.property('code', 'EEXIST');
    expect(transaction.begun).to.equal(false);
    expect(await transaction.rollBack()).to.deep.equal({ remnants: [], failures: [] });
  });
});
