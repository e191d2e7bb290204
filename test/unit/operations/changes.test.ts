import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { entries, isPresent } from '../../../src/base/files.js';
import { containerName } from '../../../src/container/name.js';
import { commandFailed } from '../../../src/errors/commands.js';
import { NspawnError } from '../../../src/errors/nspawn-error.js';
import { currentGeneration } from '../../../src/host/generations.js';
import { containerPlaces, type Places } from '../../../src/host/layout.js';
import {
  autostartContainers,
  createContainer,
  type OperationOptions,
  planUpdate,
  powerContainers,
  removeContainer,
  rollbackContainer,
  type Source,
  type UpdateRequest,
  updateContainer,
} from '../../../src/index.js';
import type { Lifecycle, PresetHostFile } from '../../../src/plugins/lifecycle.js';
import { noPlugins } from '../../../src/plugins/none.js';
import { FakeHost } from '../cli/fake-host.js';

const SERVICE = 'systemd-nspawn@web.service';
const ULA = { name: 'ula', parameters: { prefix: 'fd12::/64' } };

/** Presets that add a module and these files, without plugins. */
const presetsWith = (...hostFiles: PresetHostFile[]): Lifecycle => ({
  ...noPlugins,
  resolvePresets: async (choices) => ({
    modules: [{ module: '/presets/ula.nix', parameters: {} }],
    hostFiles,
    choices: [...choices],
    warnings: [],
  }),
});

describe('a change of a container that does not run', () => {
  let host: FakeHost;
  let leave: () => void;
  let places: Places;

  before(function () {
    // Other users are refused before anything else.
    if (process.geteuid?.() !== 0) this.skip();
  });

  beforeEach(async () => {
    host = await FakeHost.make();
    leave = host.enter();
    places = containerPlaces(host.layout, containerName('web'));
  });

  afterEach(async () => {
    leave();
    await host.end();
  });

  const flake: Source = { kind: 'flake', reference: 'path:/srv#web', directory: '/' };
  const create = (source: Source, options: OperationOptions & Pick<UpdateRequest, 'presets'> = {}) =>
    createContainer({ name: 'web', source, presets: options.presets }, { root: host.root, ...options });
  const update = (request: Omit<UpdateRequest, 'name'> = {}, options: OperationOptions = {}) =>
    updateContainer({ name: 'web', ...request }, { root: host.root, ...options });
  const closure = async (): Promise<Source> => ({ kind: 'profile', path: await host.closure('web', '{}') });
  const record = async () => JSON.parse(await readFile(places.record, 'utf8'));
  const generation = () => currentGeneration(places.profile);

  const failure = async (change: Promise<unknown>): Promise<NspawnError> => {
    const error = await change.then(
      () => null,
      (reason: unknown) => reason,
    );
    if (!(error instanceof NspawnError)) throw new Error(`it did not fail: ${String(error)}`);
    return error;
  };

  /** Replaces systemctl. */
  const systemctl = (cases: string) =>
    host.program('systemctl', `--version) echo 'systemd 257' ;;\n${cases}`);

  /** Interrupts the operation when a step is reported. */
  const interruptedAt = (type: 'step-started' | 'step-done', id: string): OperationOptions => {
    const stop = new AbortController();
    return {
      root: host.root,
      signal: stop.signal,
      onEvent: (event) => {
        if (event.type === type && event.id === id) stop.abort('SIGINT');
      },
    };
  };

  describe('update', () => {
    it('keeps the nixpkgs of the container if only another configuration file is given', async () => {
      const file = join(host.root, 'srv/web.nix');
      await create({ kind: 'config', file, nixpkgs: '/srv/nixpkgs' });
      const other = await host.put('other.nix', { text: '{ }\n' });
      await host.recordedArgvs();
      await update({ source: { kind: 'config', file: other, nixpkgs: null } });
      const source = { kind: 'config', file: other, nixpkgs: '/srv/nixpkgs' };
      expect((await record()).source).to.deep.equal(source);
      const build = (await host.recordedArgvs()).find(
        ([program, verb]) => program === 'nix' && verb === 'build',
      );
      expect(build?.slice(build.indexOf('nixpkgs'))[1]).to.equal('/srv/nixpkgs');
      // A file with its own nixpkgs, and another kind of source, keep nothing.
      await update({ source: { kind: 'config', file, nixpkgs: '/srv/other' } });
      expect((await record()).source).to.deep.include({ nixpkgs: '/srv/other' });
      await update({ source: flake });
      expect((await record()).source).to.deep.equal(flake);
    });

    it("keeps the container's presets, replaces those of the same name, and drops those that are to go", async () => {
      const options = { lifecycle: presetsWith() };
      const dmz = { name: 'dmz', parameters: {} };
      await create(flake, { ...options, presets: [ULA, dmz] });
      await update({}, options);
      expect((await record()).presets).to.deep.equal([ULA, dmz]);
      const other = { ...ULA, parameters: { prefix: 'fd34::/64' } };
      await update({ presets: [other] }, options);
      expect((await record()).presets).to.deep.equal([dmz, other]);
      await update({ dropPresets: ['dmz'] }, options);
      expect((await record()).presets).to.deep.equal([other]);
    });

    it('restores a file of a preset that somebody deleted, even if the configuration is the same', async () => {
      const lifecycle = presetsWith({ path: '/etc/systemd/network/20-br0.network', content: '[Match]\n' });
      const path = join(host.layout.networkDir, '20-br0.network');
      await create(flake, { lifecycle, presets: [ULA] });
      expect(await update({}, { lifecycle })).to.include({ changed: false });
      await rm(path);
      expect(await update({}, { lifecycle })).to.include({ changed: true });
      expect(await isPresent(path)).to.equal(true);
    });

    it('leaves no root of the build, also in a dry run', async () => {
      const left = async () => [
        ...(await entries(host.layout.autoRootsDir)),
        ...(await entries(join(host.layout.runDir, 'roots'))),
      ];
      await create(flake);
      expect(await left()).to.deep.equal([]);
      await update({ force: true });
      expect(await left()).to.deep.equal([]);
      await planUpdate({ name: 'web' }, { root: host.root });
      expect(await left()).to.deep.equal([]);
    });

    it('deletes its generation, and the root that Nix made for it, if it fails', async () => {
      await create(await closure());
      const source = await closure();
      const before = await host.tree();
      const lifecycle: Lifecycle = {
        ...noPlugins,
        listeners: (event) =>
          event !== 'before-activate'
            ? []
            : [
                {
                  plugin: 'unwilling',
                  idle: () => null,
                  ask: async () => {
                    const link = join(places.profileDir, 'system-2-link');
                    await symlink(link, join(host.layout.autoRootsDir, 'root-of-2'));
                    throw commandFailed({ argv: ['false'], exitCode: 1, signal: null, stderr: '' });
                  },
                },
              ],
      };
      expect(await failure(update({ source }, { lifecycle }))).to.include({ code: 'command-failed' });
      expect(await host.tree()).to.deep.equal(before);
    });

    it('is undone if it is interrupted while the container starts, even with rollBack: false', async () => {
      await create(await closure());
      const change = update(
        { source: await closure(), start: true, rollBack: false },
        interruptedAt('step-started', 'activate'),
      );
      expect(await failure(change)).to.include({ code: 'interrupted' });
      expect(generation()).to.equal(1);
    });

    it('is kept if the host prevents the start of the container', async () => {
      await create(await closure());
      await systemctl('show) echo ActiveState=inactive; echo LoadState=masked ;;\nstart) exit 1 ;;');
      await host.program('journalctl', '');
      const error = await failure(update({ source: await closure(), start: true }));
      expect(error.message).to.include(`the unit '${SERVICE}' is masked`);
      expect(generation()).to.equal(2);
      expect(await isPresent(places.journal)).to.equal(false);
    });
  });

  it('by rollback, to a generation that another tool made, does not make the record apply to it', async () => {
    await create(await closure());
    const { path } = (await closure()) as Extract<Source, { kind: 'profile' }>;
    await symlink(path, join(places.profileDir, 'system-2-link'));
    await rollbackContainer({ name: 'web', to: 2 }, { root: host.root });
    expect(generation()).to.equal(2);
    expect(await failure(update())).to.include({ code: 'no-stored-source' });
    await rollbackContainer({ name: 'web', to: 1 }, { root: host.root });
    expect(await update()).to.include({ changed: false, generation: 1 });
  });

  describe('remove', () => {
    it('is undone if it is interrupted after the record was deleted', async () => {
      await create(await closure());
      const before = await host.tree();
      const options = interruptedAt('step-done', 'remove-profile');
      expect(await failure(removeContainer({ name: 'web' }, options))).to.include({ code: 'interrupted' });
      expect(await host.tree()).to.deep.equal(before);
    });

    it('deletes copies that ephemeral runs left only if the state is to be deleted', async () => {
      await create(await closure());
      const [copy, other] = ['web', 'db'].map((name) =>
        join(host.layout.machinesDir, `.#machine.${name}0123456789abcdef`),
      ) as [string, string];
      for (const directory of [copy, other]) await mkdir(directory);
      await writeFile(join(copy, 'file'), '');
      await removeContainer({ name: 'web' }, { root: host.root });
      expect(await isPresent(copy)).to.equal(true);
      const removed = await removeContainer({ name: 'web', deleteState: true }, { root: host.root });
      expect(removed).to.include({ removed: true, state_deleted: true });
      expect([await isPresent(copy), await isPresent(other)]).to.deep.equal([false, true]);
    });
  });

  describe('start, restart and kill', () => {
    const power = async (verb: 'start' | 'restart') => {
      await host.recordedArgvs();
      const [outcome] = await powerContainers({ verb, names: ['web'] }, { root: host.root });
      const argvs = (await host.recordedArgvs()).map((argv) => argv.join(' '));
      return { outcome, acts: argvs.filter((line) => /^systemctl (start|restart|stop) /.test(line)) };
    };

    it('start it, also if it is to be restarted', async () => {
      await create(await closure());
      for (const verb of ['start', 'restart'] as const) {
        const { outcome, acts } = await power(verb);
        expect(outcome, verb).to.include({ changed: true, error: null });
        expect(acts).to.deep.equal([`systemctl ${verb} ${SERVICE}`]);
      }
    });

    it('end a start that failed, which systemd would continue', async () => {
      await create(await closure());
      await systemctl(`start) exit 1 ;;
        stop) touch "$FAKE_HOST/stopped" ;;
        show) [ -e "$FAKE_HOST/stopped" ] && echo ActiveState=inactive || echo ActiveState=activating ;;`);
      const { outcome, acts } = await power('start');
      expect(outcome).to.have.nested.property('error.code', 'not-started');
      expect(acts).to.deep.equal([`systemctl start ${SERVICE}`, `systemctl stop --no-block ${SERVICE}`]);
    });

    it('refuse signals that do not exist', async () => {
      const sent = (signal: string) =>
        powerContainers({ verb: 'kill', names: ['web'], signal }, { root: host.root });
      for (const signal of ['0', '65', '99', '100', '-1', 'RTMIN+31', 'RTMAX-31', 'RTMIN-1', 'HUPP', ''])
        expect(await failure(sent(signal)), signal).to.include({ code: 'usage' });
      for (const signal of ['1', '64', 'hup', 'SIGTERM', 'RTMIN', 'rtmin+30', 'SIGRTMAX-30'])
        expect(await sent(signal), signal).to.have.lengthOf(1);
    });
  });

  it('by autostart restores its files, also if the start fails', async () => {
    await create(await closure());
    await rm(places.unitFile);
    await systemctl('show) echo ActiveState=inactive; echo LoadState=masked ;;\nstart) exit 1 ;;');
    await host.program('journalctl', '');
    const started = await autostartContainers({}, { root: host.root });
    const entry = started.find(({ name }) => name === 'web');
    expect(entry).to.deep.include({ started: false, tries: 1, restored: [places.unitFile] });
    expect(await isPresent(places.unitFile)).to.equal(true);
  });
});
