import { expect } from 'chai';
import { answers, installByHand, removeByHand } from './by-hand.js';
import { Host, waitFor } from './host.js';
import { describeOnHost } from './suite.js';

describeOnHost('the test host', 'selftest', (host) => {
  it('boots without a failed unit, and contains the repository', async () => {
    expect(await host().ask(['systemctl', 'is-system-running'])).to.equal('running');
    const system = JSON.parse(await host().readFile('/opt/nixos-nspawn/package.json')) as { name: string };
    expect(system.name).to.equal('nixos-nspawn');
  });

  it('has versions of systemd, Nix and Node.js that nixos-nspawn supports', async () => {
    expect(await host().systemd()).to.be.at.least(256);
    expect(await host().ask(['nix', '--version'])).to.match(/^nix \(Nix\) 2\./);
    expect(Number(await host().ask(['node', '-p', 'process.versions.node.split(".")[0]']))).to.be.at.least(
      20,
    );
  });

  describe('when it runs a command', () => {
    it('passes the input, both outputs, the exit code, the environment and the directory', async () => {
      const outcome = await host().run(['sh', '-c', 'cat; echo "$WORD" >&2; pwd; exit 7'], {
        input: 'from outside\n',
        env: { WORD: 'a b' },
        cwd: '/etc',
        check: false,
      });
      expect(outcome).to.deep.equal({
        stdout: 'from outside\n/etc\n',
        stderr: 'a b\n',
        code: 7,
        signal: null,
      });
    });

    it('fails with the output of the command, unless the exit code is not checked', async () => {
      const failure = await host()
        .run(['sh', '-c', 'echo why >&2; exit 3'])
        .then(
          () => null,
          (error: unknown) => error,
        );
      expect(failure).to.be.an('error').with.property('message').that.includes('exit code 3\nwhy');
    });

    it('distinguishes a signal that ended the command from an exit code', async () => {
      const { code, signal } = await host().run(['sh', '-c', 'kill -KILL $$'], { check: false });
      expect({ code, signal }).to.deep.equal({ code: null, signal: 'SIGKILL' });
    });

    it('sends a signal to the command, or to its process group as a terminal does', async () => {
      const script = `
        trap 'echo parent; wait; exit 5' TERM
        sh -c 'trap "echo child; exit" TERM; echo ready; while :; do sleep 0.05; done' & wait`;
      const family = host().spawn(['bash', '-c', script]);
      await waitFor('the script', async () => family.stdoutSoFar.includes('ready'));
      await family.kill('SIGTERM', { group: true });
      const { code, stdout } = await family.outcome;
      expect(code).to.equal(5);
      expect(stdout.split('\n')).to.include.members(['ready', 'parent', 'child']);

      const sleeper = host().spawn(['sleep', '60']);
      await sleeper.kill('SIGTERM');
      expect(await sleeper.outcome).to.include({ code: null, signal: 'SIGTERM' });
    });

    it('ends a command that takes too long, with its child processes', async () => {
      const late = await host()
        .run(['bash', '-c', 'sleep 987 & sleep 987'], { timeout: 300 })
        .then(
          () => null,
          (error: unknown) => error,
        );
      expect(late).to.be.an('error').with.property('message').that.includes('did not end in 300 ms');
      expect((await host().run(['pgrep', '-f', 'sleep 987'], { check: false })).code).to.equal(1);
    });
  });

  it('can be deleted although files in it are immutable or append-only', async () => {
    const other = await Host.boot('selftest-immutable');
    await other.run([
      'sh',
      '-ec',
      'mkdir -p /var/lib/machines/web/srv/in && cd /var/lib/machines/web/srv && touch log in/it && chattr +i in/it in && chattr +a log',
    ]);
    await other.stop();
    const again = await Host.boot('selftest-immutable');
    expect(await again.has('/var/lib/machines/web')).to.equal(false);
    await again.stop();
  });

  it('reports only what changed', async () => {
    const before = await host().snapshot();
    await host().writeFile('/etc/a file\nwith a break', 'one', 0o600);
    await host().run(['ln', '-s', '/nowhere', '/var/lib/link']);
    await host().run(['ip', 'link', 'add', 'br7', 'type', 'bridge']);
    await host().run(['nft', 'add', 'table', 'ip', 'ours']);

    const changes = await host().changesSince(before);
    expect(changes).to.have.length(5);
    expect(changes.join('\n')).to.include('+ path /etc/a file\nwith a break: file 600 0:0');
    expect(changes.join('\n')).to.include('+ path /var/lib/link: link to /nowhere');
    expect(changes.join('\n')).to.match(/\+ link br7: bridge\n/);
    expect(changes.join('\n')).to.match(/\+ nft table .*"ours"/);
    expect(changes.join('\n')).to.match(
      /\+ content \/etc\/a file\nwith a break: 7692c3ad3540bb803c020b3aee66cd88/,
    );

    await host().run(['rm', '/etc/a file\nwith a break', '/var/lib/link']);
    await host().run(['ip', 'link', 'delete', 'br7']);
    await host().run(['nft', 'delete', 'table', 'ip', 'ours']);
    expect(await host().changesSince(before)).to.deep.equal([]);
  });

  it('can run a container that answers by name and on a forwarded port, and remove it completely', async function () {
    this.timeout(300_000);
    const before = await host().snapshot();
    await installByHand(host(), 'web');

    await host().run(['systemctl', 'start', 'systemd-nspawn@web']);
    expect(await host().ask(['machinectl', 'show', 'web', '--property=State', '--value'])).to.equal(
      'running',
    );
    expect(await answers(host(), 'http://web/', ['-4'])).to.equal('hello from web generation 1');
    expect(await answers(host(), 'http://web/', ['-6'])).to.equal('hello from web generation 1');
    const address = /inet ([0-9.]+)/.exec(await host().ask(['ip', 'address', 'show', 'dev', 've-web']))?.[1];
    expect(await answers(host(), `http://${address}:8181/`)).to.equal('hello from web generation 1');
    expect(await host().ask(['systemd-run', '--machine=web', '--pipe', '--quiet', 'uname', '-n'])).to.equal(
      'web',
    );

    const running = (await host().changesSince(before)).join('\n');
    expect(running).to.match(/^\+ machine web: container$/m);
    expect(running).to.match(/^\+ link ve-web: veth$/m);
    expect(running).to.match(/^\+ unit systemd-nspawn@web.service: active \(running\)$/m);
    expect(running).to.match(/^\+ nft ip io.systemd.nat map_port_ipport: .*8181/m);
    expect(running).to.match(/^\+ nft ip io.systemd.nat masq_saddr: /m);

    await removeByHand(host(), 'web');
    await waitFor('the link to go', async () => !(await host().has('/sys/class/net/ve-web')));
    expect(await host().changesSince(before)).to.deep.equal([]);
  });

  it('reaches another machine through its uplink, as its containers do', async function () {
    this.timeout(300_000);
    const outside = await host().uplink();
    await outside.run(['ping', '-c1', '-W2', '10.99.0.2']);
    await installByHand(host(), 'web');
    await host().run(['systemctl', 'start', 'systemd-nspawn@web']);
    await answers(host(), 'http://web/', ['-4']);
    const inContainer = (...argv: [string, ...string[]]) =>
      host().run(['systemd-run', '--machine=web', '--pipe', '--quiet', '--wait', ...argv]);
    await inContainer('ping', '-c1', '-W2', outside.address.v4);
    await waitFor('IPv6 through the host', async () => {
      await inContainer('ping', '-6', '-c1', '-W2', outside.address.v6);
      return true;
    });
    await removeByHand(host(), 'web');
  });

  it('keeps its files in a reboot, except those in /run', async function () {
    this.timeout(300_000);
    await host().writeFile('/etc/kept', 'still here');
    await host().writeFile('/run/lost', 'gone');
    await host().reboot();
    expect(await host().readFile('/etc/kept')).to.equal('still here');
    expect(await host().has('/run/lost')).to.equal(false);
    expect(await host().ask(['systemctl', 'is-system-running'])).to.equal('running');
  });

  it('can run at the same time as another one', async function () {
    this.timeout(300_000);
    const other = await Host.boot('selftest-other');
    try {
      await other.writeFile('/etc/only-there', '');
      expect(await host().has('/etc/only-there')).to.equal(false);
      const id = (which: Host) => which.ask(['cat', '/etc/machine-id']);
      expect(await id(other)).not.to.equal(await id(host()));
    } finally {
      await other.stop();
    }
  });
});
