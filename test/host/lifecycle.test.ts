import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { Host, REPOSITORY, runScript, waitFor } from './host.js';
import { describeOnHost } from './suite.js';

const cache =
  process.env.NIXOS_NSPAWN_TEST_CACHE ??
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'nixos-nspawn-test-host');

const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const placeScript = script('place.sh');

/** The name of the host NAME on this machine (place.sh). */
const labelOf = (name: string) =>
  execFileSync('bash', ['-c', '. "$0" && use_instance "$1" && echo "$label"', placeScript, name], {
    encoding: 'utf8',
  }).trim();

/** The directory, processes, mounts and cgroups of the host NAME on this machine. */
async function tracesOf(name: string): Promise<string[]> {
  const label = labelOf(name);
  const instances = await readdir(join(cache, 'instances'));
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n');
  const cgroupRoot = mounts.find((line) => / cgroup2 /.test(line))?.split(' ')[1] ?? '';
  const cgroups = await readdir(cgroupRoot);
  const processes: string[] = [];
  for (const pid of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
    const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch((error: NodeJS.ErrnoException) => {
      // The process ended after the directory was read.
      if (error.code === 'ENOENT' || error.code === 'ESRCH') return '';
      throw error;
    });
    if (words.includes(`--machine=${label}\0`) || words.includes(`supervise.sh\0${cache}`)) {
      if (words.includes(name)) processes.push(`process ${pid}`);
    }
  }
  return [
    ...instances.filter((entry) => entry === name).map((entry) => `directory ${entry}`),
    ...mounts.filter((line) => line.includes(`/instances/${name}/`)).map((line) => `mount ${line}`),
    ...cgroups.filter((entry) => entry === `nixos-nspawn-${label}`).map((entry) => `cgroup ${entry}`),
    ...processes,
  ];
}

describeOnHost('a test host', 'lifecycle', () => {
  it('leaves nothing on the machine after it is stopped', async function () {
    this.timeout(300_000);
    const short = await Host.boot('short-lived');
    expect(await tracesOf('short-lived')).not.to.deep.equal([]);
    await short.stop();
    expect(await tracesOf('short-lived')).to.deep.equal([]);
    // Stopping it again is not an error.
    await short.stop();
  });

  it('is fresh when its name is booted again, whatever was left of the earlier one', async function () {
    this.timeout(300_000);
    const first = await Host.boot('left-over');
    await first.writeFile('/etc/left', '');
    const supervisor = (await tracesOf('left-over')).find((trace) => trace.startsWith('process '));
    process.kill(Number(supervisor?.split(' ')[1]), 'SIGKILL');
    const second = await Host.boot('left-over');
    expect(await second.has('/etc/left')).to.equal(false);
    await second.stop();
    expect(await tracesOf('left-over')).to.deep.equal([]);
  });

  it('is deleted by the next boot of any host after its owner was killed', async function () {
    this.timeout(300_000);
    const owner = spawn('sleep', ['600'], { stdio: 'ignore' });
    await runScript(script('boot.sh'), '--owner', String(owner.pid), 'orphan');
    const next = await Host.boot('next');
    expect(await tracesOf('orphan'), 'while its owner lives').not.to.deep.equal([]);
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    await next.stop();
    await (await Host.boot('next')).stop();
    expect(await tracesOf('orphan')).to.deep.equal([]);
  });

  it('is refused if its name is not valid', async () => {
    const failure = await Host.boot('../x').then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure)
      .to.be.an('error')
      .with.property('message')
      .that.includes("'../x' is no name for a test host");
  });
});

/** A host inside of a host, where PID 1 is systemd with cgroup2. The inner one uses the existing base. */
const innerCache = '/var/cache/test-host';
const withBase = async () => {
  const base = (await runScript(script('build.sh'))).trim();
  return { binds: [{ from: base, to: `${innerCache}/${basename(base)}`, readOnly: true }] };
};

describeOnHost(
  'a test host on a machine with systemd',
  'outer',
  (outer) => {
    it('boots, reboots and can be stopped', async function () {
      this.timeout(300_000);
      const script = (name: string, ...args: string[]) =>
        outer().ask([`${REPOSITORY}/test/host/${name}`, ...args], {
          env: {
            NIXOS_NSPAWN_TEST_CACHE: innerCache,
            NIXOS_NSPAWN_TEST_SUITE: process.env.NIXOS_NSPAWN_TEST_SUITE ?? '',
          },
        });
      const scopes = () =>
        outer().ask(['systemctl', 'list-units', '--type=scope', '--no-legend', '--plain', '--no-pager']);
      const before = await scopes();

      await script('boot.sh', 'inner');
      expect(await scopes()).to.include('nixos-nspawn test host inner');
      const boot = () => script('run.sh', 'inner', 'cat', '/proc/sys/kernel/random/boot_id');
      const first = await boot();
      await script('reboot.sh', 'inner');
      expect(await boot()).not.to.equal(first);

      await script('stop.sh', 'inner');
      expect(await waitFor('the scope to go', async () => (await scopes()) === before)).to.equal(true);
      expect(await outer().has(`${innerCache}/instances/inner`)).to.equal(false);
    });
  },
  withBase,
);
