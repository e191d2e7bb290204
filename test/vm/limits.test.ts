import { expect } from 'chai';
import { answers } from '../host/by-hand.js';
import { REPOSITORY } from '../host/host.js';
import { type Document, Tool } from '../host/tool.js';
import { describeInMachine } from './suite.js';

const SERVICE = 'systemd-nspawn@web.service';
const CGROUP = `/sys/fs/cgroup/machine.slice/${SERVICE}`;
const MIB = 1024 ** 2;

/** The limits of the container, as its service has them. */
const LIMITS = { memory: 128 * MIB, quota: 0.4, tasks: 60, weight: 50 };

describeInMachine('the limits of a container', 'limits', (machine) => {
  const tool = () => new Tool(machine());
  const status = () => tool().get(['status', 'web']);
  /** Reads a file of the container's control group. */
  const read = (file: string) => machine().ask(['cat', `${CGROUP}/${file}`]);
  /** Reads one number of a file with a name and a number in each line. */
  const count = async (file: string, name: string) =>
    Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(await read(file))?.[1]);
  /** Runs a command in the container with any exit code. */
  const inside = (...argv: string[]) =>
    machine().run(['nixos-nspawn', 'run', 'web', '--', ...argv], { check: false });

  before(async () => {
    const settings = {
      port: '8181:80',
      service: [
        `MemoryMax=${LIMITS.memory}`,
        `CPUQuota=${LIMITS.quota * 100}%`,
        `TasksMax=${LIMITS.tasks}`,
        `IOWeight=${LIMITS.weight}`,
      ],
      // A boot with this quota, under emulation.
      timeoutStartSec: '10min',
    };
    const closure = await machine().ask([
      ...(['nix', 'build', '--no-link', '--print-out-paths'] as const),
      ...['--file', `${REPOSITORY}/test/fixtures/profile.nix`],
      ...['--argstr', 'name', 'web', '--argstr', 'settings', JSON.stringify(settings)],
    ]);
    await machine().run(['nixos-nspawn', 'create', 'web', '--profile', closure]);
  });

  it('are those of its control group', async () => {
    expect(await read('memory.max')).to.equal(String(LIMITS.memory));
    expect(await read('cpu.max')).to.equal(`${LIMITS.quota * 100_000} 100000`);
    expect(await read('pids.max')).to.equal(String(LIMITS.tasks));
    expect(await read('io.weight')).to.equal(`default ${LIMITS.weight}`);
  });

  it('are where the memory, the CPU time and the tasks of status come from', async () => {
    const before = await count('cpu.stat', 'usage_usec');
    const { memory, cpu_seconds: seconds, tasks } = (await status()) as Record<string, number>;
    const after = await count('cpu.stat', 'usage_usec');
    expect(memory).to.be.within(10 * MIB, LIMITS.memory);
    expect(seconds).to.be.within(before / 1e6, after / 1e6);
    expect(tasks).to.be.within(3, LIMITS.tasks);
  });

  it('kill a process inside that takes more memory, and nothing else', async () => {
    expect(await count('memory.events', 'oom_kill')).to.equal(0);
    const { code } = await inside('tail', '/dev/zero');
    expect(code).not.to.equal(0);
    expect(await count('memory.events', 'oom_kill')).to.be.at.least(1);
    expect(Number(await read('memory.peak'))).to.be.at.most(LIMITS.memory);
    expect(((await status()) as Document).state).to.equal('running');
    expect(await answers(machine(), 'http://web/')).to.equal('hello from web generation 1');
  });

  it('slow processes inside that take more CPU time', async () => {
    /** The CPUs that the container uses, by the clock of the machine. One command, because each takes a second. */
    const used = async () => {
      const [first, last] = (
        await machine().ask([
          ...([
            'sh',
            '-c',
            'cat "$0"/cpu.stat /proc/uptime; sleep 15; cat "$0"/cpu.stat /proc/uptime',
          ] as const),
          CGROUP,
        ])
      )
        .split(/(?<=^[\d.]+ [\d.]+)\n/m)
        .map((text) => ({
          cpu: Number(/^usage_usec (\d+)$/m.exec(text)?.[1]) / 1e6,
          time: Number(/^([\d.]+) [\d.]+$/m.exec(text)?.[1]),
          throttled: Number(/^nr_throttled (\d+)$/m.exec(text)?.[1]),
        }));
      if (first === undefined || last === undefined) throw new Error('two measurements were expected');
      return {
        cpus: (last.cpu - first.cpu) / (last.time - first.time),
        throttled: last.throttled - first.throttled,
      };
    };
    const quota = (value: string) =>
      machine().run(['systemctl', 'set-property', '--runtime', SERVICE, `CPUQuota=${value}`]);
    const busy = ['busy-1', 'busy-2'];
    for (const unit of busy)
      await inside('systemd-run', '--quiet', `--unit=${unit}`, 'busybox', 'sh', '-c', 'while :; do :; done');

    const limited = await used();
    await quota('');
    const unlimited = await used();
    await quota(`${LIMITS.quota * 100}%`);
    await inside('systemctl', 'stop', ...busy);

    expect(limited.throttled).to.be.at.least(20);
    expect(limited.cpus).to.be.within(LIMITS.quota / 2, LIMITS.quota * 1.25);
    expect(unlimited.throttled).to.equal(0);
    expect(unlimited.cpus).to.be.at.least(LIMITS.quota * 2);
  });

  it('refuse more tasks inside', async () => {
    expect(await count('pids.events', 'max')).to.equal(0);
    const { stdout, stderr } = await inside(
      'busybox',
      'sh',
      '-c',
      `i=0; while [ $i -lt ${LIMITS.tasks + 10} ]; do sleep 5 & i=$((i + 1)); done; wait`,
    );
    expect(stdout + stderr).to.match(/can't fork|Resource temporarily unavailable/);
    expect(await count('pids.events', 'max')).to.be.at.least(1);
    expect(Number(await read('pids.peak'))).to.be.at.most(LIMITS.tasks);
    expect(await answers(machine(), 'http://web/')).to.equal('hello from web generation 1');
  });
});
