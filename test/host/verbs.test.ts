import { expect } from 'chai';
import { fixture, waitFor } from './host.js';
import { describeOnHost } from './suite.js';

/** The codes for which systemd, a shell or this tool could have a meaning of its own, and the ends of the range. */
const CODES = [0, 1, 2, 11, 64, 126, 127, 128, 130, 143, 200, 203, 217, 243, 254, 255];

describeOnHost("a container's everyday life", 'verbs', (host) => {
  const tool = (...argv: string[]) =>
    host().run(['nixos-nspawn', ...argv], { check: false, timeout: 150_000 });
  const outcomes = async (...argv: string[]) => {
    const { stdout, code } = await tool(...argv, '--json');
    return { code, outcomes: JSON.parse(stdout) as { name: string; state: string; changed: boolean }[] };
  };

  before(async function () {
    this.timeout(300_000);
    await host().run(['nixos-nspawn', 'create', 'plain', '--flake', fixture('plain')]);
  });

  it('run passes input, both outputs, user, directory, variables and the exit code', async function () {
    this.timeout(300_000);
    const options = ['--user', 'nobody', '--workdir', '/tmp', '--env', 'WORD=a $b %n'];
    const script = 'cat; id -un; pwd; echo "$WORD"; echo aside >&2; exit 7';
    const { stdout, stderr, code } = await host().run(
      ['nixos-nspawn', 'run', 'plain', ...options, '--', 'bash', '-c', script],
      { input: 'from outside\n', check: false, timeout: 150_000 },
    );
    expect({ stdout, stderr, code }).to.deep.equal({
      stdout: 'from outside\nnobody\n/tmp\na $b %n\n',
      stderr: 'aside\n',
      code: 7,
    });
  });

  it('run passes exit codes as they are, those with a meaning elsewhere too', async function () {
    this.timeout(300_000);
    for (const wanted of CODES) {
      const { code } = await tool('run', 'plain', '--', 'bash', '-c', `exit ${wanted}`);
      expect(code, `of exit ${wanted}`).to.equal(wanted);
    }
  });

  it('run tells a command that a signal ended as a shell does', async function () {
    this.timeout(300_000);
    for (const [signal, code] of [
      ['TERM', 143],
      ['INT', 130],
      ['KILL', 137],
    ] as const) {
      const ended = await tool('run', 'plain', '--', 'bash', '-c', `kill -${signal} $$`);
      expect(ended.code, signal).to.equal(code);
    }
  });

  it('run hands a signal on to the command, and waits for what it makes of it', async function () {
    this.timeout(300_000);
    const script = 'trap "echo got it; exit 9" TERM; echo ready; while :; do sleep 0.1; done';
    const command = host().spawn(['nixos-nspawn', 'run', 'plain', '--', 'bash', '-c', script]);
    await waitFor('the command', async () => command.stdoutSoFar.includes('ready'), { timeout: 120_000 });
    await command.kill('SIGTERM');
    expect(await command.outcome).to.include({ stdout: 'ready\ngot it\n', code: 9, signal: null });
  });

  it('addresses, cat and logs show a running one', async function () {
    this.timeout(300_000);
    const addresses = await waitFor('an address', async () => (await tool('ip', 'plain', '--ipv4')).stdout, {
      timeout: 120_000,
    });
    expect(addresses).to.match(/^(\d+\.){3}\d+\n/);
    const shown = (await tool('cat', 'plain')).stdout;
    expect(shown).to.include('# /etc/systemd/nspawn/plain.nspawn\n[Exec]');
    expect(shown).to.include('# /etc/systemd/system/systemd-nspawn@plain.service.d/50-nixos-nspawn.conf\n');
    expect((await tool('logs', 'plain', '--unit', 'web.service')).stdout).to.include('Started web.service');
    expect((await tool('logs', 'plain', '--host')).stdout).to.include('Container plain');
  });

  it('stop, start, restart and kill wait until it is so, and one failure keeps no other', async function () {
    this.timeout(300_000);
    expect(await outcomes('stop', 'plain')).to.deep.include({ code: 0 });
    expect((await tool('run', 'plain', '--', 'true')).code).to.equal(10);
    expect((await tool('logs', 'plain', '-n', '1')).stdout).to.include('Journal stopped');

    const { code, outcomes: started } = await outcomes('start', 'absent', 'plain');
    expect(code).to.equal(2);
    expect(started.map(({ name, state, changed }) => ({ name, state, changed }))).to.deep.equal([
      { name: 'absent', state: 'stopped', changed: false },
      { name: 'plain', state: 'running', changed: true },
    ]);
    expect((await outcomes('start', '--all')).outcomes).to.deep.equal([]);
    const before = await host().ask(['machinectl', 'show', 'plain', '--property=Leader']);
    expect((await outcomes('restart', 'plain')).code).to.equal(0);
    expect(await host().ask(['machinectl', 'show', 'plain', '--property=Leader'])).not.to.equal(before);
    const { outcomes: killed } = await outcomes('kill', '--all');
    expect(killed).to.have.length(1);
    expect(killed[0]).to.include({ name: 'plain', state: 'stopped', changed: true });
    expect(await host().ask(['systemctl', 'list-units', '--failed', '--no-legend'])).to.equal('');
  });

  it('a start that fails says what the journal says, and leaves nothing half started', async function () {
    this.timeout(300_000);
    await host().run(['mkdir', '-p', '/etc/systemd/system/systemd-nspawn@plain.service.d']);
    const broken = '/etc/systemd/system/systemd-nspawn@plain.service.d/90-broken.conf';
    await host().writeFile(
      broken,
      '[Service]\nExecStartPre=/bin/sh -c "echo the disk is gone >&2; exit 1"\n',
    );
    await host().run(['systemctl', 'daemon-reload']);
    const { code, stderr } = await tool('start', 'plain');
    expect(code).to.equal(11);
    expect(stderr).to.include('the disk is gone');
    expect((await outcomes('stop', 'plain')).outcomes[0]).to.include({ state: 'stopped', changed: false });
  });
});
