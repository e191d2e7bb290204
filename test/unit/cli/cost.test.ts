import { execFile } from 'node:child_process';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { door } from '../built-program.js';
import { message, VarlinkService } from '../varlink-service.js';
import { FakeHost } from './fake-host.js';
import { modulesRun } from './modules-run.js';

/** The paths that begin with `start`, without it. */
const within = (modules: ReadonlySet<string>, start: string) =>
  [...modules]
    .filter((module) => module.startsWith(start))
    .map((module) => module.slice(start.length))
    .sort();

/** The packages of which a module ran. */
const packagesOf = (modules: ReadonlySet<string>) => [
  ...new Set(within(modules, 'node_modules/').map((path) => /^(?:@[^/]+\/)?[^/]+/.exec(path)?.[0])),
];

/** The directories of this repository of which a module ran, without what is deeper. */
const partsOf = (modules: ReadonlySet<string>) => [
  ...new Set([...modules].flatMap((module) => /^(?:cli|src)\/[^/]+(?=\/)/.exec(module)?.[0] ?? [])),
];

/*
 * Times vary, but these do not: which modules of the program a command runs, and which processes it starts. bench/
 * measures the times.
 */
describe('a command', () => {
  let host: FakeHost;
  let machined: VarlinkService;
  /** Whether `systemctl start` has run. Then machined knows a machine. */
  let isStarted: boolean;

  beforeEach(async () => {
    host = await FakeHost.make();
    isStarted = false;
    machined = await VarlinkService.listen(async ({ method, parameters }, connection) => {
      isStarted ||= (await started(false)).some((line) => line.startsWith('systemctl start'));
      const machine = { name: 'web', class: 'container', leader: null };
      if (method === 'org.varlink.service.GetInfo')
        connection.write(message({ parameters: { version: '257' } }));
      else if (isStarted) connection.write(message({ parameters: machine }));
      else if ('name' in parameters) connection.write(message({ error: 'io.systemd.Machine.NoSuchMachine' }));
      else connection.write(message({ parameters: { name: '.host', class: 'host' } }));
    });
  });

  afterEach(async () => {
    await machined.end();
    await host.end();
  });

  /** Runs the command line, which must succeed. */
  async function nspawn(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<void> {
    await promisify(execFile)(process.execPath, [door, ...argv], {
      env: { ...process.env, ...host.env, NIXOS_NSPAWN_MACHINED_SOCKET: machined.socket, ...env },
    });
  }

  /** The commands that were run since the last call. */
  const started = async (forget = true) =>
    (await host.recordedArgvs({ forget })).map((argv) => argv.join(' '));

  it('loads only oclif and the code of the start for --version', async () => {
    const modules = await modulesRun(['--version'], host.env);
    expect(packagesOf(modules)).to.deep.equal(['@oclif/core']);
    expect(partsOf(modules)).to.have.members([
      ...['cli/boot', 'cli/outputs', 'cli/views', 'src/base', 'src/errors', 'src/text'],
    ]);
    expect(await started()).to.deep.equal([]);
  });

  it('loads no locales, plugins, displays or process code to list an empty host', async () => {
    const modules = await modulesRun(['list', '--json'], {
      ...host.env,
      NIXOS_NSPAWN_ROOT: join(host.root, 'nothing'),
    });
    expect(packagesOf(modules)).to.deep.equal(['@oclif/core', 'zod']);
    expect(within(modules, 'node_modules/zod/v4/locales/')).to.deep.equal(['en.js', 'index.js']);
    expect(within(modules, 'commands/')).to.deep.equal(['list.ts']);
    expect(within(modules, 'src/operations/')).to.deep.equal([
      ...['container-view.ts', 'context.ts', 'known-errors.ts', 'list.ts'],
    ]);
    expect(within(modules, 'src/plugins/')).to.deep.equal(['none.ts']);
    for (const part of ['cli/progress', 'src/doctor'])
      expect(within(modules, `${part}/`), part).to.deep.equal([]);
    expect(await started()).to.deep.equal([]);
  });

  it('starts no process for list, for any number of containers', async () => {
    for (const [first, last] of [
      [0, 10],
      [10, 100],
    ] as const) {
      for (let number = first; number < last; number++) await addContainer(`many-${number}`);
      await nspawn(['list', '--json']);
      expect(await started(), `${last} containers`).to.deep.equal([]);
    }
    expect(machined.calls.map(({ method }) => method)).to.deep.equal([
      'io.systemd.Machine.List',
      'io.systemd.Machine.List',
    ]);
  });

  it('starts only these processes for create and update', async () => {
    const closure = host.env.FAKE_CLOSURE ?? '';
    const profile = join(host.layout.profilesDir, 'web/system');
    await nspawn(['create', 'web', '--profile', closure]);
    expect(await started()).to.deep.equal([
      `nix-env --profile ${profile} --set ${closure}`,
      'systemctl show systemd-nspawn@web.service --property=NeedDaemonReload',
      'networkctl reload',
      'systemctl start systemd-nspawn@web.service',
      'systemctl --machine=web list-units --state=failed,auto-restart,auto-restart-queued --output=json --no-pager',
    ]);
    await nspawn(['update', 'web', '--profile', closure, '--force']);
    expect(await started()).to.deep.equal([`nix-env --profile ${profile} --set ${closure}`]);
  });

  async function addContainer(name: string): Promise<void> {
    await symlink(
      `${host.layout.profilesDir}/${name}/system/nixos-nspawn/${name}.nspawn`,
      join(host.layout.unitDir, `${name}.nspawn`),
    );
  }
});
