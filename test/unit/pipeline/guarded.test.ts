import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { isPresent } from '../../../src/base/files.js';
import { containerName } from '../../../src/container/name.js';
import { exists, runningUnknown } from '../../../src/errors/containers.js';
import type { NspawnError } from '../../../src/errors/nspawn-error.js';
import { containerPlaces, hostLayout, type Places } from '../../../src/host/layout.js';
import type { PipelineEvent } from '../../../src/pipeline/events.js';
import { guarded } from '../../../src/pipeline/guarded.js';
import { Transaction } from '../../../src/pipeline/transaction.js';
import { FakeCommands } from '../fake-commands.js';

describe('an operation under the lock of a container', () => {
  let root: string;
  let places: Places;
  let fake: FakeCommands;
  let events: PipelineEvent[];
  const { signal } = new AbortController();
  const name = containerName('web');

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'nspawn-guarded-'));
    places = containerPlaces(hostLayout({ root }), name);
    fake = await FakeCommands.install('logger', 'systemctl', 'machinectl');
    await fake.answer('machinectl', { stdout: '[]' });
    events = [];
  });

  afterEach(async () => {
    await fake.uninstall();
    await rm(root, { recursive: true });
  });

  /** Its files are below a temporary root. Its log is that of the host. */
  const run = (options: { isPreview?: boolean; endsRun?: boolean }, work: () => Promise<unknown>) =>
    guarded(
      places,
      {
        operation: 'update',
        wait: 0,
        signal,
        listener: (event) => events.push(event),
        layout: { ...hostLayout({ root }), root: '/' },
        ...options,
      },
      work,
    );
  const failing = (error: NspawnError) => async () => {
    throw error;
  };
  const logged = async () => (await fake.lines()).filter((line) => line.startsWith('logger')).length;

  it('is logged, whether it succeeds or fails', async () => {
    await run({}, async () => undefined);
    expect(await logged()).to.equal(1);
    await run({}, failing(runningUnknown(name))).catch(() => undefined);
    expect(await logged()).to.equal(1);
  });

  it('is not logged if it only shows what another would do, or if nothing could be done', async () => {
    await run({ isPreview: true }, async () => undefined);
    await run({ isPreview: true }, failing(runningUnknown(name))).catch(() => undefined);
    await run({}, failing(exists(name, places.unitFile))).catch(() => undefined);
    expect(await logged()).to.equal(0);
  });

  describe('after a run that was killed', () => {
    beforeEach(async () => {
      const killed = new Transaction(places.journal, 'remove');
      await killed.willUndo({ do: 'start-machine', name, service: places.service });
      await killed.willUndo({ do: 'put-file', path: places.unitFile, state: { kind: 'absent' } });
    });

    const starts = async () => (await fake.lines()).filter((line) => line.startsWith('systemctl start'));

    it('begins when that run is undone, and the container is started again', async () => {
      await run({}, async () => expect(await isPresent(places.journal)).to.equal(false));
      expect(await starts()).to.deep.equal([`systemctl start ${places.service}`]);
      expect(events).to.deep.include({
        container: name,
        type: 'recovered',
        operation: 'remove',
        outcome: 'undone',
      });
    });

    it('does not start the container if it ends it anyway', async () => {
      await run({ endsRun: true }, async () => expect(await isPresent(places.journal)).to.equal(false));
      expect(await starts()).to.deep.equal([]);
    });
  });
});
