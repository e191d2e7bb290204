import { spawn } from 'node:child_process';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect } from 'chai';
import { isPresent, putText } from '../../../src/base/files.js';
import type { ContainerName } from '../../../src/container/name.js';
import { containerPlaces, type Places } from '../../../src/host/layout.js';
import { acquireLock } from '../../../src/host/lock.js';
import {
  containerAddresses,
  diffGenerations,
  listContainers,
  listGenerations,
  type OperationOptions,
  type PipelineEvent,
  planCreate,
  planRemove,
  planUpdate,
  powerContainers,
  previewPrune,
  readLogs,
  runInContainer,
  statusOfOne,
  unitFilesOf,
} from '../../../src/index.js';
import { recover, Transaction } from '../../../src/pipeline/transaction.js';
import { door } from '../built-program.js';
import { FakeHost } from './fake-host.js';

const NAME = 'db';
const SETTINGS = 'of before\n';

/** Every command on one container that may follow a killed one. Some fail because of the state of this container. */
const looks: Readonly<Record<string, (options: OperationOptions) => Promise<unknown>>> = {
  status: (options) => statusOfOne({ name: NAME }, options),
  'list-generations': (options) => listGenerations({ name: NAME }, options),
  diff: (options) => diffGenerations({ name: NAME }, options),
  cat: (options) => unitFilesOf({ name: NAME }, options),
  addresses: (options) => containerAddresses({ name: NAME }, options),
  logs: (options) => readLogs({ name: NAME }, options),
  run: (options) => runInContainer({ name: NAME, command: ['true'] }, options),
  'prune --dry-run': (options) => previewPrune({ name: NAME, keep: 1 }, options),
  'remove --dry-run': (options) => planRemove({ name: NAME }, options),
  'create --dry-run': (options) =>
    planCreate({ name: NAME, source: { kind: 'profile', path: '/nowhere' } }, options),
};
const changes: typeof looks = {
  'update --dry-run': (options) => planUpdate({ name: NAME }, options),
  stop: (options) => powerContainers({ verb: 'stop', names: [NAME] }, options),
};

describe('a container whose last operation was killed', function () {
  this.timeout(60_000);
  let host: FakeHost;
  let places: Places;
  let environment: NodeJS.ProcessEnv;

  before(async () => {
    environment = { ...process.env };
    host = await FakeHost.make();
    places = containerPlaces(host.layout, NAME as ContainerName);
    Object.assign(process.env, host.env);
  });

  after(async () => {
    for (const name of Object.keys(host.env)) delete process.env[name];
    Object.assign(process.env, environment);
    await host.end();
  });

  afterEach(async () => {
    await recover(places.journal, async () => null);
  });

  /** An update that was killed after it changed the drop-in. */
  const cutShort = async () => {
    await putText(places.dropIn, SETTINGS);
    const killed = new Transaction(places.journal, 'update');
    const state = { kind: 'file' as const, content: SETTINGS, mode: 0o644 };
    await killed.willUndo({ do: 'put-file', path: places.dropIn, state });
    await writeFile(places.dropIn, 'half-done\n');
  };

  const eventsOf = async (look: (options: OperationOptions) => Promise<unknown>) => {
    const events: PipelineEvent[] = [];
    // Other tests check the results of the commands.
    await look({ root: host.root, onEvent: (event) => events.push(event) }).catch(() => undefined);
    return events;
  };

  const command = (...argv: string[]): Promise<{ code: number | null; document: unknown; stderr: string }> =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [door, ...argv, '--json'], { stdio: ['ignore', 'pipe', 'pipe'] });
      const said = { stdout: '', stderr: '' };
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        said.stdout += text;
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        said.stderr += text;
      });
      child.once('error', reject);
      child.once('close', (code) =>
        resolve({ code, document: JSON.parse(said.stdout), stderr: said.stderr }),
      );
    });

  const isRoot = process.geteuid?.() === 0;
  for (const [verb, look] of Object.entries({ ...looks, ...(isRoot ? changes : {}) })) {
    it(`is first restored by '${verb}', which reports this`, async () => {
      await cutShort();
      const events = await eventsOf(look);
      expect(events.filter(({ type }) => type === 'recovered')).to.deep.equal([
        { container: NAME, type: 'recovered', operation: 'update', outcome: 'undone' },
      ]);
      expect(await readFile(places.dropIn, 'utf8')).to.equal(SETTINGS);
      expect(await isPresent(places.journal)).to.equal(false);
    });
  }

  const told = [
    {
      code: 'recovered',
      message: `An earlier 'update' of '${NAME}' was interrupted. It is now undone.`,
    },
  ];

  it('is reported in the JSON document of a result and of an error', async () => {
    await cutShort();
    const result = await command('status', NAME);
    expect(result.code, JSON.stringify(result)).to.equal(0);
    expect(result.document).to.deep.include({ name: NAME, warnings: told });
    await cutShort();
    const failure = await command('diff', NAME);
    expect(failure.code).to.equal(3);
    expect(failure.document).to.have.nested.property('error.code', 'no-generation');
    expect(failure.document).to.have.deep.nested.property('error.warnings', told);
  });

  it('is reported on standard error if the result is a JSON list', async () => {
    await cutShort();
    const { code, document, stderr } = await command('list-generations', NAME);
    expect(code).to.equal(0);
    expect(document).to.be.an('array').with.length(1);
    expect(stderr).to.equal(`Warning: ${told[0]?.message}\n`);
  });

  it('is not changed while the operation is running, which status reports', async () => {
    await cutShort();
    const lock = await acquireLock({ name: NAME, path: places.lock, operation: 'update', wait: 0 });
    try {
      const [event] = await eventsOf((options) => statusOfOne({ name: NAME }, options));
      expect(event).to.include({ type: 'warning', code: 'operation-under-way' });
      expect(await readFile(places.dropIn, 'utf8')).to.equal('half-done\n');
      const [shown] = await listed();
      expect(shown).to.include({ name: NAME, type: 'imperative', problem: null });
    } finally {
      await lock.release();
    }
    const [shown] = await listed();
    expect(shown).to.include({ type: 'incomplete', problem: 'an operation on it was interrupted' });
  });

  const listed = async () =>
    (await listContainers({}, { root: host.root })).filter(({ name }) => name === NAME);

  it('is shown even if it cannot be restored, with the reason', async () => {
    await cutShort();
    await writeFile(places.journal, '{"undo":{"do":"what nobody knows"}}\n');
    const [event] = await eventsOf((options) => listGenerations({ name: NAME }, options));
    expect(event).to.include({ type: 'warning', code: 'bad-journal' });
    await writeFile(places.journal, '');
  });

  it('has a journal that all users can see but only root can read', async () => {
    await cutShort();
    const modes = await Promise.all(
      [places.journal, dirname(places.journal), dirname(dirname(places.journal))].map(async (path) =>
        ((await stat(path)).mode & 0o777).toString(8),
      ),
    );
    expect(modes).to.deep.equal(['600', '755', '755']);
  });
});
