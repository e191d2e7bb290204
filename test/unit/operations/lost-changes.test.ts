import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { lostChanges } from '../../../src/operations/remote/outcomes.js';
import { FakeCommands } from '../fake-commands.js';

const wish = {
  verb: 'update',
  name: 'web',
  source: null,
  system: null,
  presets: [],
  dropPresets: [],
  strategy: null,
  start: false,
  force: false,
  rollBack: true,
  ignoreFailedUnits: false,
  waitOnline: 20,
  caller: 'laptop',
};
const error = { code: 'activation-failed', message: 'It failed.', exit_code: 8, next_steps: [] };
const BEGIN = "The connection was lost during an earlier 'update' of container 'web'.";

/** The suffix of a process that runs as long as this one. */
const suffixOfAnother = async (): Promise<string> => {
  const stat = await readFile('/proc/1/stat', 'utf8');
  const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return `1-${Number(start).toString(36)}-0`;
};

describe('changes whose caller lost the connection', () => {
  let root: string;
  let commands: FakeCommands;
  const orders = () => join(root, 'run/nixos-nspawn/remote');

  const order = async (id: string, lines: readonly object[], follower: string) => {
    const directory = join(orders(), id);
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, 'order.json'), JSON.stringify({ wish, built: null }));
    await writeFile(join(directory, 'lines'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    await writeFile(join(directory, 'follower'), follower);
  };
  /** No process has this id (PID_MAX_LIMIT of Linux). */
  const GONE = `${(4_194_305).toString(36)}-0-0`;

  beforeEach(async function () {
    if (process.geteuid?.() !== 0) this.skip();
    root = await mkdtemp(join(tmpdir(), 'nspawn-lost-'));
    commands = await FakeCommands.install('systemctl');
    await commands.answer('systemctl show', { stdout: 'ActiveState=inactive\n' });
  });

  afterEach(async () => {
    await commands?.uninstall();
    if (root) await rm(root, { recursive: true, force: true });
  });

  it('are none without orders', async () => {
    expect(await lostChanges({ root })).to.deep.equal([]);
  });

  for (const [title, lines, outcome] of [
    ['succeeded', [{ progress: 'x' }, { result: {} }], 'It has succeeded.'],
    ['failed', [{ error }], 'It has failed with exit code 8: It failed.'],
    [
      'was killed',
      [{ progress: 'x' }],
      'It was killed. This command, or the next one on the container, undoes or finishes it.',
    ],
  ] as const)
    it(`are told once: one that ${title}`, async () => {
      await order('a1', lines, GONE);
      expect(await lostChanges({ root })).to.deep.equal([`${BEGIN} ${outcome}`]);
      expect(await readdir(orders())).to.deep.equal([]);
    });

  it('are kept while they run', async () => {
    await commands.answer('systemctl show', { stdout: 'ActiveState=active\n' });
    await order('a1', [{ progress: 'x' }], GONE);
    expect(await lostChanges({ root })).to.deep.equal([`${BEGIN} It is still under way.`]);
    expect(await readdir(orders())).to.deep.equal(['a1']);
  });

  it('do not include one whose caller is there', async () => {
    await order('a1', [{ result: {} }], await suffixOfAnother());
    expect(await lostChanges({ root })).to.deep.equal([]);
    expect(await readdir(orders())).to.deep.equal(['a1']);
  });
});
