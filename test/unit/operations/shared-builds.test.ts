import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { uniqueSuffix } from '../../../src/base/writer.js';
import type { ContainerRecord } from '../../../src/host/record.js';
import { type Context, operationContext } from '../../../src/operations/context.js';
import { withSharedBuilds } from '../../../src/operations/shared-builds.js';
import type { PipelineEvent } from '../../../src/pipeline/events.js';
import { FakeCommands } from '../fake-commands.js';

const LOCKED = 'github:o/r/0123';

const fromFlake = (
  name: string,
  reference: string,
  presets: ContainerRecord['presets'] = [],
): { name: string; record: ContainerRecord } => ({
  name,
  record: {
    version: 1,
    source: { kind: 'flake', reference, directory: '/srv' },
    system: 'x86_64-linux',
    resolved: `${LOCKED}#c.${name}`,
    built: null,
    presets,
    hostFiles: [],
    lastOperation: { operation: 'create', at: '2026-01-01T00:00:00Z' },
  },
});

describe('the containers of one flake', () => {
  let fake: FakeCommands;
  let root: string;
  let context: Context;
  let events: PipelineEvent[];

  beforeEach(async () => {
    fake = await FakeCommands.install('nix');
    await fake.answer('nix flake', { stdout: JSON.stringify({ url: LOCKED }) });
    root = await mkdtemp(join(tmpdir(), 'nspawn-shared-'));
    events = [];
    context = operationContext({ root, onEvent: (event) => events.push(event) });
  });

  afterEach(async () => {
    await fake.uninstall();
    await rm(root, { recursive: true });
  });

  const rootsDir = () => join(context.layout.runDir, 'roots');
  /** The build of each container; null for those that were not built together. */
  const build = async (known: { name: string; record: ContainerRecord | null }[]) =>
    withSharedBuilds(known, { context, rootsDir: rootsDir(), jobs: 1 }, async (builtFor) =>
      known.map(({ name }) => builtFor(name)?.path ?? null),
    );

  it('are built by one command, after the flake was locked once', async () => {
    await fake.answer('nix build', { stdout: '/nix/store/a\n/nix/store/b\n/nix/store/c\n' });
    const known = ['a', 'b', 'c'].map((name) => fromFlake(name, `.#${name}`));
    expect(await build(known)).to.deep.equal(['/nix/store/a', '/nix/store/b', '/nix/store/c']);
    const argvs = await fake.argvs();
    expect(argvs.map(([, verb]) => verb)).to.deep.equal(['flake', 'build']);
    expect(argvs[0]?.at(-1)).to.equal('/srv');
    expect(argvs[1]?.slice(-4)).to.deep.equal(['--', `${LOCKED}#c.a`, `${LOCKED}#c.b`, `${LOCKED}#c.c`]);
  });

  it('are not built together if the host has defaults, which extend each evaluation', async () => {
    await mkdir(join(context.layout.defaultsFile, '..'), { recursive: true });
    await writeFile(context.layout.defaultsFile, '{ }');
    const known = ['a', 'b'].map((name) => fromFlake(name, `.#${name}`));
    expect(await build(known)).to.deep.equal([null, null]);
    expect(await fake.argvs()).to.deep.equal([]);
  });

  it('are grouped by flake, without those with presets, with another source or alone in their group', async () => {
    await fake.answer('nix build', { stdout: '/nix/store/1\n/nix/store/2\n' });
    const file = fromFlake('file', '.#file');
    const known = [
      fromFlake('a', '.#a'),
      fromFlake('x', 'github:x/y#x'),
      fromFlake('b', '.'),
      fromFlake('z', 'github:x/y#z'),
      fromFlake('preset', '.#preset', [{ name: 'ula', parameters: {} }]),
      fromFlake('alone', 'nixpkgs#alone'),
      { name: 'file', record: { ...file.record, source: { kind: 'profile' as const, path: '/result' } } },
      { name: 'unknown', record: null },
    ];
    expect(await build(known)).to.deep.equal([
      ...['/nix/store/1', '/nix/store/1', '/nix/store/2', '/nix/store/2'],
      ...[null, null, null, null],
    ]);
    const builds = (await fake.argvs()).filter(([, verb]) => verb === 'build');
    expect(builds.map((argv) => argv.slice(argv.indexOf('--') + 1))).to.deep.equal([
      [`${LOCKED}#c.a`, `${LOCKED}#c.b`],
      [`${LOCKED}#c.x`, `${LOCKED}#c.z`],
    ]);
  });

  it('are left to be built separately if the build of one fails', async () => {
    await fake.answer('nix build', { exitCode: 1, stderr: 'error: one of them\n' });
    expect(await build([fromFlake('a', '.#a'), fromFlake('b', '.#b')])).to.deep.equal([null, null]);
    expect(events).to.have.length(1);
    expect(events[0]).to.include({ container: '.', type: 'log' });
  });

  it('have garbage collector roots, which are deleted if their process was killed', async () => {
    const gone = join(rootsDir(), '.shared-zzzzz-1-abcd');
    const ofThisProcess = `.shared-${uniqueSuffix()}`;
    const alive = join(rootsDir(), ofThisProcess);
    await mkdir(rootsDir(), { recursive: true });
    await mkdir(context.layout.autoRootsDir, { recursive: true });
    for (const [index, link] of [gone, `${gone}-1`, alive].entries()) {
      await symlink('/nix/store/x', link);
      await symlink(link, join(context.layout.autoRootsDir, `root-${index}`));
    }
    await build([]);
    expect(await readdir(rootsDir())).to.deep.equal([ofThisProcess]);
    expect(await readdir(context.layout.autoRootsDir)).to.deep.equal(['root-2']);
  });
});
