import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { FakeHost } from './fake-host.js';

const door = fileURLToPath(new URL('../../../bin/run.js', import.meta.url));

/*
 * Times waver, counters do not: what a command reads of the program, and which processes it starts. bench/ measures the
 * times that follow.
 */
describe('what a command costs', () => {
  let host: FakeHost;

  beforeEach(async () => {
    host = await FakeHost.make();
  });

  afterEach(async () => {
    await host.end();
  });

  /** Runs the command line, which must succeed. */
  function nspawn(argv: readonly string[], env: Readonly<Record<string, string>> = {}): void {
    const { status, stdout, stderr } = spawnSync(process.execPath, [door, ...argv], {
      encoding: 'utf8',
      env: { ...process.env, ...host.env, ...env },
    });
    expect(status, `${argv.join(' ')}\n${stdout}\n${stderr}`).to.equal(0);
  }

  /** The files of the program that Node.js loads for a command, and their size in kilobytes. */
  async function loaded(...argv: string[]): Promise<{ files: number; kilobytes: number }> {
    const directory = await mkdtemp(join(tmpdir(), 'nspawn-coverage-'));
    try {
      nspawn(argv, { NODE_V8_COVERAGE: directory });
      const [report = ''] = await readdir(directory);
      const { result } = JSON.parse(await readFile(join(directory, report), 'utf8')) as {
        result: { url: string }[];
      };
      const files = result.filter(({ url }) => url.startsWith('file:')).map(({ url }) => fileURLToPath(url));
      const sizes = await Promise.all(files.map(async (file) => (await readFile(file)).length));
      return { files: files.length, kilobytes: sizes.reduce((sum, size) => sum + size, 0) / 1000 };
    } finally {
      await rm(directory, { recursive: true });
    }
  }

  /** The commands that were run since the last call, without what only records them. */
  const started = async () => (await host.recordedArgvs()).map((argv) => argv.join(' '));

  it('reads no more than oclif for --version', async () => {
    const { files, kilobytes } = await loaded('--version');
    expect(files).to.be.within(3, 6);
    expect(kilobytes).to.be.within(100, 380);
  });

  it('reads no other locale, plugin or display to list', async () => {
    const { files, kilobytes } = await loaded('list', '--json');
    expect(files).to.be.within(10, 32);
    expect(kilobytes).to.be.within(300, 680);
  });

  it('starts one process to list, however many containers there are', async () => {
    for (const [first, last] of [
      [0, 10],
      [10, 100],
    ] as const) {
      for (let number = first; number < last; number++) await addContainer(`many-${number}`);
      await started();
      nspawn(['list', '--json']);
      expect(await started(), `${last} containers`).to.deep.equal([
        'machinectl list --max-addresses=all --output=json',
      ]);
    }
  });

  it('starts only these processes to create and to update, and asks nothing twice', async () => {
    const closure = host.env.FAKE_CLOSURE ?? '';
    const profile = join(host.layout.profilesDir, 'web/system');
    nspawn(['create', 'web', '--profile', closure]);
    expect(await started()).to.deep.equal([
      'systemctl --version',
      'machinectl list --max-addresses=all --output=json',
      `nix-env --profile ${profile} --set ${closure}`,
      'systemctl daemon-reload',
      'networkctl reload',
      'systemctl start systemd-nspawn@web.service',
      'machinectl list --max-addresses=all --output=json',
    ]);
    nspawn(['update', 'web', '--profile', closure, '--force']);
    expect(await started()).to.deep.equal([
      'systemctl --version',
      'machinectl list --max-addresses=all --output=json',
      `nix-env --profile ${profile} --set ${closure}`,
      'machinectl list --max-addresses=all --output=json',
    ]);
  });

  async function addContainer(name: string): Promise<void> {
    await symlink(
      `${host.layout.profilesDir}/${name}/system/nixos-nspawn/${name}.nspawn`,
      join(host.layout.unitDir, `${name}.nspawn`),
    );
  }
});
