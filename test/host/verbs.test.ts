import { expect } from 'chai';
import { requireDescribed } from './described.js';
import { fixture, REPOSITORY, waitFor } from './host.js';
import { describeOnHost } from './suite.js';

/** Codes that have a meaning for systemd, a shell or this tool, and the ends of the range. */
const CODES = [0, 1, 64, 130, 203, 255];

/** Runs a command for each code that systemd (200 to 245), shells or this tool use, and prints those that changed. */
const EVERY_CODE = `
  import { runInContainer } from '${REPOSITORY}/dist/src/index.js';
  const range = (first, last) => Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const codes = [...range(0, 11), 64, 74, ...range(124, 131), 137, 143, ...range(200, 245), 255];
  const others = [];
  const worker = async () => {
    for (let code = codes.pop(); code !== undefined; code = codes.pop()) {
      const { exit_code: got } = await runInContainer({ name: 'console', command: ['bash', '-c', 'exit ' + code] });
      if (got !== code) others.push([code, got]);
    }
  };
  await Promise.all(Array.from({ length: 6 }, worker));
  console.log(JSON.stringify(others));
`;

interface Outcome {
  name: string;
  state: string;
  changed: boolean;
}

interface Preview {
  name: string;
  state: string;
  would_change: boolean;
  error: { code: string } | null;
}

describeOnHost('everyday commands:', 'verbs', (host) => {
  const tool = (...argv: string[]) =>
    host().run(['nixos-nspawn', ...argv], { check: false, timeout: 150_000 });
  const outcomes = async (...argv: string[]) => {
    const { stdout, code } = await tool(...argv, '--json');
    return { code, outcomes: JSON.parse(stdout) as Outcome[] };
  };

  const preview = async (...argv: string[]) => {
    const { stdout, code } = await tool(...argv, '--dry-run', '--json');
    const previews = JSON.parse(stdout) as Preview[];
    return {
      code,
      previews: previews.map(({ name, state, would_change: wouldChange, error }) => [
        name,
        state,
        wouldChange,
        error?.code ?? null,
      ]),
    };
  };

  /** The last operation in status, after journald has stored the entry of this one. */
  const lastOperation = (operation: string) =>
    waitFor(`an entry of ${operation}`, async () => {
      const { stdout } = await tool('status', 'console', '--json');
      const { last_operation: last } = JSON.parse(stdout) as {
        last_operation: { operation: string; error: { code: string } | null };
      };
      return last.operation === operation ? last : null;
    });

  before(async function () {
    this.timeout(300_000);
    await host().run(['nixos-nspawn', 'create', 'console', '--flake', fixture('console')]);
  });

  it('status shows the state, the disk usage and the last operation of a new container', async () => {
    const last = await lastOperation('create');
    expect(last.error).to.equal(null);
    const { stdout } = await tool('status', 'console', '--json');
    const status = JSON.parse(stdout) as Record<string, unknown>;
    requireDescribed(['status'], status);
    expect(status).to.include({ state: 'running', service_state: 'active', generation: 1, outdated: false });
    expect(status.state_size).to.be.greaterThan(4096);
    expect(status.closure_size).to.be.greaterThan(10_000_000);
  });

  it('run passes the input, both outputs, the user, the directory, variables and the exit code', async function () {
    this.timeout(300_000);
    const options = ['--user', 'nobody', '--workdir', '/tmp', '--env', 'WORD=a $b %n'];
    const script = 'cat; id -un; pwd; echo "$WORD"; echo aside >&2; exit 7';
    const { stdout, stderr, code } = await host().run(
      ['nixos-nspawn', 'run', 'console', ...options, '--', 'bash', '-c', script],
      { input: 'from outside\n', check: false, timeout: 150_000 },
    );
    expect({ stdout, stderr, code }).to.deep.equal({
      stdout: 'from outside\nnobody\n/tmp\na $b %n\n',
      stderr: 'aside\n',
      code: 7,
    });
  });

  it('run keeps the order of repeated arguments, even if they look like its own flags', async () => {
    for (const words of [
      ['a', 'b', 'a'],
      ['-u', 'one', '-u', 'two', '--user', 'one'],
      ['console', 'run', '--', 'x', '--', 'console'],
    ]) {
      const options = ['--user', 'nobody'];
      const { stdout } = await tool('run', 'console', ...options, '--', 'printf', '[%s]', ...words);
      expect(stdout).to.equal(words.map((word) => `[${word}]`).join(''));
    }
  });

  it('run passes on exit codes unchanged', async function () {
    this.timeout(300_000);
    for (const wanted of CODES) {
      const { code } = await tool('run', 'console', '--', 'bash', '-c', `exit ${wanted}`);
      expect(code, `of exit ${wanted}`).to.equal(wanted);
    }
  });

  it('run passes on the exit codes that systemd, shells and the tool itself use', async () => {
    const node = ['node', '--input-type=module', '--eval', EVERY_CODE] as const;
    expect(JSON.parse(await host().ask(node, { timeout: 300_000 }))).to.deep.equal([]);
  });

  it('run finds commands in the directories of NixOS, which are also in PATH of the command', async () => {
    expect((await tool('run', 'console', '--', 'greeting')).stdout).to.equal(
      'hello from console generation 1\n',
    );
    const own = '/etc/profiles/per-user/nobody/bin';
    const put = `mkdir -p ${own}; printf '#!/bin/sh\\necho "$PATH"\\n' >${own}/path; chmod +x ${own}/path`;
    await host().run(['nixos-nspawn', 'run', 'console', '--', 'bash', '-c', put]);
    const { stdout } = await tool('run', 'console', '--user', 'nobody', '--', 'path');
    expect(stdout).to.match(
      /^\/run\/wrappers\/bin:\/etc\/profiles\/per-user\/nobody\/bin:\/run\/current-system\/sw\/bin:/,
    );
  });

  it('run has the exit code of a shell if a signal ended the command', async function () {
    this.timeout(300_000);
    for (const [signal, code] of [
      ['TERM', 143],
      ['INT', 130],
      ['KILL', 137],
    ] as const) {
      const ended = await tool('run', 'console', '--', 'bash', '-c', `kill -${signal} $$`);
      expect(ended.code, signal).to.equal(code);
    }
  });

  it('run passes a signal to the command, and waits for its exit', async function () {
    this.timeout(300_000);
    const script = 'trap "echo got it; exit 9" TERM; echo ready; while :; do sleep 0.1; done';
    const command = host().spawn(['nixos-nspawn', 'run', 'console', '--', 'bash', '-c', script]);
    await waitFor('the command', async () => command.stdoutSoFar.includes('ready'), { timeout: 120_000 });
    await command.kill('SIGTERM');
    expect(await command.outcome).to.include({ stdout: 'ready\ngot it\n', code: 9, signal: null });
  });

  it('run reports if a signal could not be passed on', async () => {
    await host().run([
      'bash',
      '-euc',
      'mkdir /tmp/few; for tool in env node machinectl systemd-run setpriv xargs; do ln -s "$(command -v $tool)" /tmp/few/; done',
    ]);
    const script = 'echo ready; until [ -e /tmp/enough ]; do sleep 0.1; done';
    const bare = ['env', 'PATH=/tmp/few', '/usr/local/bin/nixos-nspawn'] as const;
    const command = host().spawn([...bare, 'run', 'console', '--', '/bin/bash', '-c', script]);
    await waitFor('the command', async () => command.stdoutSoFar.includes('ready'), { timeout: 120_000 });
    await command.kill('SIGUSR1');
    await host().run(['nixos-nspawn', 'run', 'console', '--', 'touch', '/tmp/enough']);
    const { code, stderr } = await command.outcome;
    expect(stderr).to.include('systemctl');
    expect(code).to.equal(7);
  });

  it('run reports why a command could not be started, with the exit codes of shells', async function () {
    this.timeout(300_000);
    for (const [code, words, ...argv] of [
      [127, "the container has no command 'no-such-command'", 'no-such-command'],
      [126, "'/etc/passwd' cannot be executed, because it is not executable", '/etc/passwd'],
      [126, "the container has no directory '/no/such'", '--workdir', '/no/such', '--', 'true'],
      [126, "the container has no user 'nosuch'", '--user', 'nosuch', '--', 'true'],
    ] as const) {
      const { code: told, stderr } = await tool(
        'run',
        'console',
        ...(argv.length > 1 ? argv : ['--', ...argv]),
      );
      expect(told, words).to.equal(code);
      expect(stderr).to.include(words);
    }
  });

  it('run fails if a stop, a kill or a restart interrupts the command', async function () {
    this.timeout(600_000);
    for (const cut of [
      ['nixos-nspawn', 'kill', 'console'],
      ['nixos-nspawn', 'restart', 'console'],
      ['machinectl', 'poweroff', 'console'],
    ] as const) {
      await waitFor('the container to be up', async () => (await outcomes('start', 'console')).code === 0);
      const script = 'trap "" TERM; echo ready; sleep 1000';
      const command = host().spawn(['nixos-nspawn', 'run', 'console', '--', 'bash', '-c', script]);
      await waitFor('the command', async () => command.stdoutSoFar.includes('ready'), { timeout: 120_000 });
      await host().run(cut);
      expect((await command.outcome).code, cut.join(' ')).not.to.equal(0);
    }
  });

  it('run ends its command if it is killed itself', async function () {
    this.timeout(300_000);
    // The container may still be stopping.
    await host().run(['nixos-nspawn', 'restart', 'console']);
    const command = host().spawn([
      'nixos-nspawn',
      'run',
      'console',
      '--',
      'bash',
      '-c',
      'echo ready; sleep 4711',
    ]);
    await waitFor('the command', async () => command.stdoutSoFar.includes('ready'), { timeout: 120_000 });
    const isThere = async () =>
      (await host().run(['pgrep', '-fx', 'sleep 4711'], { check: false })).code === 0;
    expect(await isThere()).to.equal(true);
    await command.kill('SIGKILL');
    await waitFor('the command to be gone', async () => !(await isThere()));
  });

  it("kill --signal sends the signal to the container's init without waiting", async () => {
    // systemd(1): this enables debug logging.
    const { code, outcomes: sent } = await outcomes('kill', 'console', '--signal', 'rtmin+22');
    expect({ code, sent }).to.deep.equal({
      code: 0,
      sent: [{ name: 'console', state: 'running', changed: true, error: null }],
    });
    const level = ['nixos-nspawn', 'run', 'console', '--', 'systemctl', 'log-level'] as const;
    await waitFor('systemd to log all', async () => (await host().ask(level)) === 'debug');
    const { code: refused, stderr } = await tool('kill', 'console', '--signal', 'SIGNOTHING');
    expect(refused).to.equal(64);
    expect(stderr).to.include("'SIGNOTHING' is not a valid signal.");
  });

  it('addresses, cat and logs show a running container', async function () {
    this.timeout(300_000);
    const addresses = await waitFor(
      'an address',
      async () => (await tool('ip', 'console', '--ipv4')).stdout,
      {
        timeout: 120_000,
      },
    );
    expect(addresses).to.match(/^(\d+\.){3}\d+\n/);
    const shown = (await tool('cat', 'console')).stdout;
    expect(shown).to.include('# /etc/systemd/nspawn/console.nspawn\n[Exec]');
    expect(shown).to.include('# /etc/systemd/system/systemd-nspawn@console.service.d/50-nixos-nspawn.conf\n');
    expect((await tool('logs', 'console', '--unit', 'web.service')).stdout).to.include('Started web.service');
    expect((await tool('logs', 'console', '--host')).stdout).to.include('Container console');
  });

  it('stop, start, restart and kill wait for the result, and continue after a failure', async function () {
    this.timeout(300_000);
    expect(await outcomes('stop', 'console')).to.deep.include({ code: 0 });
    expect((await tool('run', 'console', '--', 'true')).code).to.equal(10);
    expect((await tool('logs', 'console', '-n', '1')).stdout).to.include('Journal stopped');

    const { code, outcomes: started } = await outcomes('start', 'absent', 'console');
    expect(code).to.equal(2);
    expect(started.map(({ name, state, changed }) => ({ name, state, changed }))).to.deep.equal([
      { name: 'absent', state: 'stopped', changed: false },
      { name: 'console', state: 'running', changed: true },
    ]);
    expect((await outcomes('start', '--all')).outcomes).to.deep.equal([]);
    const before = await host().ask(['machinectl', 'show', 'console', '--property=Leader']);
    expect((await outcomes('restart', 'console')).code).to.equal(0);
    expect(await host().ask(['machinectl', 'show', 'console', '--property=Leader'])).not.to.equal(before);
    const { outcomes: killed } = await outcomes('kill', '--all');
    expect(killed).to.have.length(1);
    expect(killed[0]).to.include({ name: 'console', state: 'stopped', changed: true });
    expect(await host().ask(['systemctl', 'list-units', '--failed', '--no-legend'])).to.equal('');
  });

  it('start, stop, restart and kill with --dry-run report what they would do and change nothing', async () => {
    await outcomes('start', 'console');
    const before = await host().snapshot();
    const leader = await host().ask(['machinectl', 'show', 'console', '--property=Leader']);
    for (const verb of ['stop', 'restart', 'kill'])
      expect(await preview(verb, 'console'), verb).to.deep.equal({
        code: 0,
        previews: [['console', 'running', true, null]],
      });
    expect(await preview('start', 'console', 'absent')).to.deep.equal({
      code: 2,
      previews: [
        ['console', 'running', false, null],
        ['absent', 'stopped', false, 'no-such-container'],
      ],
    });
    const text = await tool('kill', 'console', '--signal', 'HUP', '--dry-run');
    expect(text.stdout).to.equal('Would send HUP to console.\n');
    expect(await host().ask(['machinectl', 'show', 'console', '--property=Leader'])).to.equal(leader);
    expect(await host().changesSince(before)).to.deep.equal([]);
    await outcomes('stop', 'console');
    expect(await preview('stop', '--all')).to.deep.equal({ code: 0, previews: [] });
    expect(await preview('start', 'console')).to.deep.equal({
      code: 0,
      previews: [['console', 'stopped', true, null]],
    });
  });

  it('a wrong name is refused with a suggestion, and doctor accepts a name', async () => {
    for (const verb of ['status', 'stop', 'cat', 'logs', 'doctor']) {
      const { stderr, code } = await tool(verb, 'consle');
      expect(code, verb).to.equal(2);
      expect(stderr, verb).to.include("Container 'consle' does not exist.\n  Did you mean 'console'?\n");
    }
    const { stdout, code } = await tool('doctor', 'console', '--json');
    expect(JSON.parse(stdout), stdout).to.include({ healthy: true });
    expect(code).to.equal(0);
    expect((await tool('ls', '-q')).stdout).to.equal('console\n');
  });

  it('start waits for an address as long as --wait-online allows, and warns if there is none', async function () {
    this.timeout(300_000);
    const started = async (...flags: string[]) => {
      await tool('stop', 'console');
      const { stderr, code } = await tool('start', 'console', ...flags);
      expect(code).to.equal(0);
      const { stdout } = await tool('addresses', 'console', '--ipv4');
      return { stderr, address: stdout.trim() };
    };
    expect((await started()).address).to.match(/^192\.168\.\d+\.\d+$/);
    const drop =
      'table inet no-dhcp { chain in { type filter hook input priority -300; udp dport 67 drop; }; }';
    await host().run(['nft', drop]);
    try {
      const late = await started('--wait-online', '1');
      expect(late.stderr).to.include(
        "Warning: 'console' is running, but did not get an IPv4 address by DHCP within 1 s.",
      );
      expect(late.address).not.to.include('192.168.');
      expect((await started('--no-wait-online')).stderr).not.to.include('Warning');

      // networkd has such an address while it waits for a lease.
      const linkLocal = host().run([
        'bash',
        '-c',
        `for i in {1..60}; do
          leader=$(machinectl show console --property=Leader --value) &&
            nsenter --net --target "$leader" ip addr replace 169.254.7.7/16 dev host0
          sleep 0.1
        done 2>/dev/null; true`,
      ]);
      const without = await started('--wait-online', '4');
      await linkLocal;
      expect(without.address).to.include('169.254.7.7');
      expect(without.stderr).to.include('did not get an IPv4 address by DHCP within 4 s.');
    } finally {
      await host().run(['nft', 'delete table inet no-dhcp']);
    }
  });

  it('start waits for a link-local address that is configured', async () => {
    const directory = '/var/lib/machines/console/etc/systemd/network/80-container-host0.network.d';
    await tool('stop', 'console');
    await host().run(['mkdir', '-p', directory]);
    await host().writeFile(
      `${directory}/50 ö:b.conf`,
      '[Network]\nAddress=169.254.9.9/16\nAddress=fe80::9/64\nDHCP=no\n',
    );
    const { stderr, code } = await tool('start', 'console', '--wait-online', '10');
    expect([code, stderr.includes('Warning')], stderr).to.deep.equal([0, false]);
    expect((await tool('addresses', 'console')).stdout.split('\n'))
      .to.include('169.254.9.9')
      .and.to.include('fe80::9');
    await tool('stop', 'console');
    await host().run(['rm', '-r', directory]);
  });

  it("start succeeds even if systemd's rate limit for starts is reached", async function () {
    this.timeout(300_000);
    const limited = '/etc/systemd/system/systemd-nspawn@console.service.d/90-limited.conf';
    await host().run(['mkdir', '-p', '/etc/systemd/system/systemd-nspawn@console.service.d']);
    await host().writeFile(limited, '[Unit]\nStartLimitIntervalSec=1h\nStartLimitBurst=1\n');
    await host().run(['systemctl', 'daemon-reload']);
    await outcomes('stop', 'console');
    expect((await outcomes('start', 'console')).code).to.equal(0);
    const { code, stderr } = await host().run(['systemctl', 'restart', 'systemd-nspawn@console.service'], {
      check: false,
    });
    expect(code).to.equal(1);
    expect(stderr).to.include('attempted too often');
    for (const verb of ['start', 'restart', 'restart'])
      expect((await outcomes(verb, 'console')).outcomes[0], verb).to.include({ state: 'running' });
    await outcomes('stop', 'console');
    await host().run(['rm', limited]);
    await host().run(['systemctl', 'daemon-reload']);
  });

  it('start reports the journal if it fails, and leaves nothing running', async function () {
    this.timeout(300_000);
    await host().run(['mkdir', '-p', '/etc/systemd/system/systemd-nspawn@console.service.d']);
    const broken = '/etc/systemd/system/systemd-nspawn@console.service.d/90-broken.conf';
    await host().writeFile(
      broken,
      '[Service]\nExecStartPre=/bin/sh -c "echo the disk is gone >&2; exit 1"\n',
    );
    await host().run(['systemctl', 'daemon-reload']);
    const { code, stderr } = await tool('start', 'console');
    expect(code).to.equal(11);
    expect(stderr).to.include('the disk is gone');
    const last = await lastOperation('start');
    expect(last.error).to.include({ code: 'not-started' });
    expect((await tool('status', 'console')).stdout).to.match(
      /Last operation: start, \S+ \S+ \(.*(?:ago|now)\), failed:\n/,
    );
    expect((await outcomes('stop', 'console')).outcomes[0]).to.include({ state: 'stopped', changed: false });
  });
});
