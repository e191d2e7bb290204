import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { door } from '../built-program.js';
import { FakeHost } from './fake-host.js';

/*
 * Times vary, but counts do not: how much of the program a command compiles, and which processes it starts. bench/
 * measures the times.
 */
describe('the cost of a command', () => {
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

  /** Kilobytes of compiled code that the first run of a command, on a host without containers, stores in the cache. */
  async function compiled(...argv: string[]): Promise<number> {
    const caches = await mkdtemp(join(tmpdir(), 'nspawn-code-'));
    try {
      nspawn(argv, { NIXOS_NSPAWN_CACHE_DIR: caches, NIXOS_NSPAWN_ROOT: join(caches, 'nothing') });
      const [version = ''] = await readdir(caches);
      const [file = ''] = await readdir(join(caches, version));
      return (await stat(join(caches, version, file))).size / 1000;
    } finally {
      await rm(caches, { recursive: true });
    }
  }

  /** The commands that were run since the last call. */
  const started = async () => (await host.recordedArgvs()).map((argv) => argv.join(' '));

  it('is little more than oclif for --version', async () => {
    expect(await compiled('--version')).to.be.within(200, 530);
  });

  it('includes no locales, plugins, displays or process code to list nothing', async () => {
    expect(await compiled('list', '--json')).to.be.within(400, 750);
  });

  it('is one process for list, whatever the number of containers', async () => {
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

  it('is only these processes for create and update', async () => {
    const closure = host.env.FAKE_CLOSURE ?? '';
    const profile = join(host.layout.profilesDir, 'web/system');
    nspawn(['create', 'web', '--profile', closure]);
    expect(await started()).to.deep.equal([
      'systemctl --version',
      'machinectl list --max-addresses=all --output=json',
      `nix-env --profile ${profile} --set ${closure}`,
      'systemctl daemon-reload',
      'networkctl reload',
      'systemctl reset-failed systemd-nspawn@web.service',
      'systemctl start systemd-nspawn@web.service',
      // Checks whether machined registered it. On a real host, machined's file of the machine shows this.
      'machinectl list --max-addresses=all --output=json',
      'systemctl show systemd-nspawn@web.service --property=ActiveState',
      'systemctl --machine=web list-units --state=failed,auto-restart,auto-restart-queued --output=json --no-pager',
      'machinectl list --max-addresses=all --output=json',
    ]);
    nspawn(['update', 'web', '--profile', closure, '--force']);
    expect(await started()).to.deep.equal([
      'systemctl --version',
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
