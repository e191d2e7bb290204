import { expect } from 'chai';
import { type Outcome, waitFor } from './host.js';
import { describeOnPair } from './pair.js';
import { Terminal } from './terminal.js';
import { type Document, nextStepsOf, Tool } from './tool.js';

/** For a connection of its own, because the host looks up the user only when a connection begins. */
const ALONE = { NIX_SSHOPTS: '-o ControlPath=none' };

/** Words that shells, ssh and printf would change. */
const ODD_WORDS = ["it's", 'a"b', '$HOME', 'back\\slash', '\\0101', '!x', 'new\nline', 'ü*', '%s', '', ' '];

describeOnPair('on another host,', 'remote', (pair) => {
  let there: Tool;

  const tool = (...args: string[]): Promise<Outcome> =>
    pair().caller.run(['nixos-nspawn', '--target-host', pair().there, ...args], { check: false });
  const spawn = (...args: string[]) =>
    pair().caller.spawn(['nixos-nspawn', '--target-host', pair().there, ...args]);
  const fail = async (exitCode: number, target: string, args: readonly string[], env = {}) =>
    new Tool(pair().caller).fail(exitCode, [...args, '--target-host', target], { env });
  /** The processes on the target with this text in their command line. */
  const processes = async (text: string): Promise<string> =>
    (await pair().target.run(['pgrep', '--full', '--', text], { check: false })).stdout;

  before(async function () {
    this.timeout(300_000);
    there = new Tool(pair().target);
    await there.create('console');
  });

  it('list, status and cat print what they print there', async () => {
    // The link-local address of IPv6 comes up to two seconds after the others.
    await waitFor('both addresses', async () => {
      const [container] = await there.get<{ addresses: string[] }[]>(['list']);
      return container?.addresses.some((address) => address.startsWith('fe80:'));
    });
    for (const verb of [
      ['list'],
      ['status', 'console'],
      ['cat', 'console'],
      ['list-generations', 'console'],
    ]) {
      const [here, local] = [
        await tool(...verb),
        await pair().target.run(['nixos-nspawn', ...verb], { check: false }),
      ];
      expect(here.stderr).to.equal('');
      expect(here.code).to.equal(0);
      if (verb[0] !== 'status') expect(here.stdout).to.equal(local.stdout);
      else expect(here.stdout).to.include('console');
    }
    expect(await new Tool(pair().caller).get(['list', '--target-host', pair().there])).to.deep.equal(
      await there.get(['list']),
    );
  });

  it('the environment variable selects the target, and the agent there does not follow its own', async () => {
    await pair().target.writeFile('/root/.bashrc', 'export NIXOS_NSPAWN_TARGET_HOST=root@10.98.0.77\n');
    const { stdout, code } = await pair().caller.run(['nixos-nspawn', 'list', '--quiet'], {
      env: { NIXOS_NSPAWN_TARGET_HOST: pair().there },
    });
    await pair().target.run(['rm', '/root/.bashrc']);
    expect({ stdout, code }).to.deep.equal({ stdout: 'console\n', code: 0 });
  });

  it('an error of the tool there is its document and its exit code', async () => {
    const error = await fail(2, pair().there, ['status', 'nope']);
    expect(error.code).to.equal('no-such-container');
  });

  it('run passes words unchanged, whatever they contain', async () => {
    const { stdout } = await tool('run', 'console', '--', 'printf', '[%s]', ...ODD_WORDS);
    expect(stdout).to.equal(ODD_WORDS.map((word) => `[${word}]`).join(''));
  });

  it('run passes bytes unchanged', async () => {
    const bytes = Uint8Array.from({ length: 400_000 }, (_, at) => (at * 7 + (at >> 8)) & 0xff);
    const script =
      'nixos-nspawn --target-host "$1" run console -- cat </tmp/bytes >/tmp/back && cmp /tmp/bytes /tmp/back';
    await pair().caller.writeFile('/tmp/bytes', bytes);
    await pair().caller.run(['sh', '-c', script, 'sh', pair().there]);
  });

  it('run passes on exit codes, also those of ssh and shells', async () => {
    for (const wanted of [0, 1, 126, 127, 254, 255]) {
      const { code } = await tool('run', 'console', '--', 'bash', '-c', `exit ${wanted}`);
      expect(code, `of exit ${wanted}`).to.equal(wanted);
    }
  });

  it('run passes a signal to the command there, and waits for its exit', async () => {
    const script = 'trap "echo got it; exit 9" TERM; echo ready; while :; do sleep 0.1; done';
    const command = spawn('run', 'console', '--', 'bash', '-c', script);
    await waitFor('the command', async () => command.stdoutSoFar.includes('ready'), { timeout: 60_000 });
    await command.kill('SIGTERM');
    expect(await command.outcome).to.include({ stdout: 'ready\ngot it\n', code: 9, signal: null });
  });

  it('a command there ends if the connection is lost, which is not taken for its exit code', async () => {
    const command = spawn('run', 'console', '--', 'bash', '-c', 'echo ready; exec sleep 4242');
    await waitFor('the command', async () => command.stdoutSoFar.includes('ready'), { timeout: 60_000 });
    await pair().caller.run(['pkill', '-KILL', '--full', '^ssh: /run/nixos-nspawn/ssh/']);
    const { code, stderr } = await command.outcome;
    expect(stderr).to.include('was lost');
    expect(code).to.equal(69);
    await waitFor('its end', async () => (await processes('sleep 4242')) === '');
  });

  it('what the start files of the shell print is not part of the output', async () => {
    await pair().target.writeFile('/root/.bashrc', 'echo noise; echo more noise >&2; printf "no newline"\n');
    const { stdout, stderr } = await tool('list', '--quiet');
    await pair().target.run(['rm', '/root/.bashrc']);
    expect({ stdout, stderr }).to.deep.equal({ stdout: 'console\n', stderr: '' });
  });

  for (const shell of ['/usr/bin/fish', '/usr/bin/zsh', '/bin/dash'])
    it(`the login shell may be ${shell}`, async () => {
      await pair().target.run(['usermod', '--shell', shell, 'root']);
      try {
        const { stdout, stderr } = await pair().caller.run(
          [
            'nixos-nspawn',
            '--target-host',
            pair().there,
            'run',
            'console',
            '--',
            'printf',
            '[%s]',
            ...ODD_WORDS,
          ],
          { env: ALONE, check: false },
        );
        expect(stderr).to.equal('');
        expect(stdout).to.equal(ODD_WORDS.map((word) => `[${word}]`).join(''));
      } finally {
        await pair().target.run(['usermod', '--shell', '/bin/bash', 'root']);
      }
    });

  it('a host that does not run commands is unreachable', async () => {
    await pair().target.run(['usermod', '--shell', '/usr/sbin/nologin', 'root']);
    try {
      const error = await fail(69, pair().there, ['list'], ALONE);
      expect(error.message).to.include('login shell exited with code 1');
    } finally {
      await pair().target.run(['usermod', '--shell', '/bin/bash', 'root']);
    }
  });

  it('a host that does not answer, is not known, or does not let in is unreachable', async () => {
    // An address on the link that nobody has.
    const silent = await fail(69, 'root@10.98.0.77', ['list'], { NIX_SSHOPTS: '-o ConnectTimeout=2' });
    expect(silent).to.include({ code: 'remote-unreachable', began: false });
    const unknown = await fail(69, pair().there, ['list'], {
      NIX_SSHOPTS: "-o 'UserKnownHostsFile=/dev/null' -o ControlPath=none",
    });
    expect(unknown.stderr).to.include('Host key verification failed');
    const closed = await fail(69, 'nobody@10.98.0.2', ['list']);
    expect(closed.stderr).to.include('Permission denied');
  });

  it('a target without the tool is refused with advice', async () => {
    await pair().target.run(['mv', '/usr/local/bin/nixos-nspawn', '/usr/local/bin/away']);
    try {
      const error = await fail(7, pair().there, ['list']);
      expect(error.code).to.equal('remote-tool-missing');
      expect(nextStepsOf(error)).to.include('Install');
    } finally {
      await pair().target.run(['mv', '/usr/local/bin/away', '/usr/local/bin/nixos-nspawn']);
    }
  });

  it('a target with another version of the protocol refuses before it does anything', async () => {
    const { stdout, code } = await pair().target.run(
      ['nixos-nspawn', '__agent', '2', 'remove', 'console', '--yes', '--json'],
      { check: false },
    );
    expect(code).to.equal(7);
    expect((JSON.parse(stdout) as { error: Document }).error.code).to.equal('remote-other-version');
    expect(await there.get(['list'])).to.have.length(1);
  });

  it('sudo runs the tool there, if it needs no password', async () => {
    const { caller, target } = pair();
    await target.run(['useradd', '--create-home', '--shell', '/bin/bash', 'ann']);
    await target.run(['install', '-d', '-o', 'ann', '-m', '700', '/home/ann/.ssh']);
    const key = await caller.readFile('/root/.ssh/id_ed25519.pub');
    await target.writeFile('/home/ann/.ssh/authorized_keys', key, 0o644);
    const refused = await fail(7, 'ann@10.98.0.2', ['stop', 'console', '--sudo']);
    expect(refused.code).to.equal('remote-sudo-refused');
    await target.writeFile('/etc/sudoers.d/ann', 'ann ALL=(ALL) NOPASSWD: ALL\n', 0o440);
    const asAnn = ['nixos-nspawn', '--target-host', 'ann@10.98.0.2'] as const;
    const needsRoot = await caller.run([...asAnn, 'stop', 'console'], { check: false });
    expect(needsRoot.code).to.equal(7);
    const { stdout } = await caller.run([
      ...asAnn,
      '--sudo',
      'run',
      'console',
      '--',
      'printf',
      '[%s]',
      ...ODD_WORDS,
    ]);
    expect(stdout).to.equal(ODD_WORDS.map((word) => `[${word}]`).join(''));
    const script = 'trap "echo got it; exit 9" TERM; echo ready; while :; do sleep 0.1; done';
    const command = caller.spawn([...asAnn, '--sudo', 'run', 'console', '--', 'bash', '-c', script]);
    await waitFor('the command', async () => command.stdoutSoFar.includes('ready'), { timeout: 60_000 });
    await command.kill('SIGTERM');
    expect(await command.outcome).to.include({ stdout: 'ready\ngot it\n', code: 9 });
  });

  it('commands that work with files of this host are refused', async () => {
    const error = await fail(64, pair().there, ['copy', '/etc/hosts', 'console:/tmp/']);
    expect(error.message).to.include("'copy' does not support --target-host");
  });

  it('the shell and a command on a terminal get a terminal there', async () => {
    const terminal = await Terminal.open(
      pair().caller,
      'remote',
      ['env', 'PS1=host> ', 'bash', '--norc'],
      100,
    );
    const enter = (line: string) => terminal.type(`${line}; echo "ended" with $?`, ['Enter']);
    await terminal.resize(100, 30);
    await enter(
      `nixos-nspawn --target-host ${pair().there} run console -- bash -c 'stty size; tty; exit 255'`,
    );
    expect(await terminal.shows('ended with 255')).to.match(/^30 100\n\/dev\/pts\/\d+$/m);
    await terminal.type(['C-l']);
    await enter(`nixos-nspawn --target-host ${pair().there} shell console`);
    await terminal.shows(/^\S*# ?$/m);
    await terminal.type('exit', ['Enter']);
    await terminal.shows('ended with 0');
    await terminal.type(['C-l']);
    await enter(`nixos-nspawn --target-host ${pair().there} status --watch`);
    await terminal.shows(/console .*running/);
    await terminal.type(['C-c']);
    await terminal.shows('ended with 130');
    await terminal.close();
  });

  it('stop, start and remove change the containers there', async () => {
    await new Tool(pair().caller).get(['stop', 'console', '--target-host', pair().there]);
    expect((await there.get<Document>(['status', 'console'])).state).to.equal('stopped');
    await new Tool(pair().caller).get(['start', 'console', '--target-host', pair().there]);
    await new Tool(pair().caller).get(['remove', 'console', '--yes', '--target-host', pair().there]);
    expect(await there.get(['list'])).to.deep.equal([]);
  });

  it('nothing of a run remains', async () => {
    expect(await pair().caller.ask(['find', '/tmp', '-name', 'nixos-nspawn-ssh-*'])).to.equal('');
    expect(await processes('__agent')).to.equal('');
  });
});
