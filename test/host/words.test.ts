import { expect } from 'chai';
import { REPOSITORY } from './host.js';
import { describeOnHost } from './suite.js';
import { flakeOf, nextStepsOf, Tool } from './tool.js';

/** With an empty `/run`, as if systemd were not PID 1 (sd_booted(3)). */
const NO_SYSTEMD = 'mount -t tmpfs none /run; mount -t proc proc /proc; exec "$0" "$@"';

describeOnHost('the tool', 'words', (host) => {
  let tool: Tool;

  before(async function () {
    this.timeout(300_000);
    tool = new Tool(host());
    await host().run(['useradd', '--create-home', 'joe']);
    await host().run(['bash', '-c', `cp -r ${REPOSITORY}/test/fixtures/flake /home/joe/repo`]);
    await host().run([
      'bash',
      '-c',
      'chmod -R u+w /home/joe; rm -f /home/joe/repo/flake.lock; chown -R joe /home/joe',
    ]);
    await asJoe('git init -q && git add -A');
  });

  const asJoe = (line: string) => host().run(['su', 'joe', '-c', `cd /home/joe/repo && ${line}`]);
  const rootsFiles = () => host().ask(['find', '/home/joe', '-user', 'root']);

  it('reports that PID 1 is not systemd for every command that needs systemd', async function () {
    this.timeout(300_000);
    const before = await host().snapshot();
    const lines = [
      `create web --flake ${flakeOf('web')}`,
      `create web --flake ${flakeOf('web')} --dry-run`,
      'rollback web',
      'remove web',
      'start --all',
      'stop web',
      'autostart --install',
    ];
    for (const line of lines) {
      const argv = ['nixos-nspawn', ...line.split(' ')] as const;
      const unshared = ['unshare', '--mount', '--pid', '--fork', 'bash', '-c', NO_SYSTEMD, ...argv] as const;
      const { code, stdout, stderr } = await host().run(unshared, { check: false });
      expect(code, `${line}\n${stdout}${stderr}`).to.equal(7);
      expect(stderr, line).to.include('PID 1 of this host is not systemd');
    }
    expect(await host().changesSince(before)).to.deep.equal([]);
  });

  it('works in a deleted directory, unless a path is relative to it', async () => {
    const inDeleted = (line: string) =>
      host().run(['bash', '-c', `mkdir /tmp/gone; cd /tmp/gone; rmdir /tmp/gone; nixos-nspawn ${line}`], {
        check: false,
      });
    expect(await inDeleted('list')).to.include({ code: 0, stderr: '' });
    for (const line of ['create web --flake .#web', 'create web --config web.nix']) {
      const { code, stderr } = await inDeleted(line);
      expect(code, stderr).to.equal(10);
      expect(stderr, line).to.include('The working directory was deleted');
    }
  });

  it('explains how to use the repository of another user, and writes nothing to it', async function () {
    this.timeout(300_000);
    const refused = await tool.fail(11, ['create', 'web', '--flake', '/home/joe/repo#web']);
    expect(JSON.stringify(refused.next_steps))
      .to.include('safe.directory /home/joe/repo')
      .and.include('path:/home/joe/repo');
    await host().run(['git', 'config', '--global', '--add', 'safe.directory', '/home/joe/repo']);
    await tool.fail(11, ['create', 'web', '--flake', '/home/joe/repo#eval-fails']);
    await tool.get(['create', 'web', '--flake', '/home/joe/repo#web']);
    expect(await rootsFiles()).to.equal('');
    const { stdout } = await asJoe('test ! -e flake.lock && git status --porcelain');
    expect(stdout).to.match(/^(A {2}\S+\n)+$/);
  });

  it('suggests git add for files that git does not track', async () => {
    await asJoe('git rm -q --cached container.nix');
    const failure = await tool.fail(11, ['update', 'web']);
    expect(nextStepsOf(failure)).to.include('git add -N');
    await asJoe('git add -A');
  });

  it('suggests it only for flakes in a git repository', async () => {
    await host().run(['cp', '-r', '/home/joe/repo', '/srv/plain']);
    await host().run(['rm', '-r', '/srv/plain/.git', '/srv/plain/container.nix']);
    const lacksFile = await tool.fail(11, ['create', 'other', '--flake', '/srv/plain#web']);
    expect(nextStepsOf(lacksFile)).not.to.include('git add');
    await host().run(['rm', '/srv/plain/flake.nix']);
    for (const flake of ['/srv/plain#web', 'path:/srv/plain#web']) {
      const lacksFlake = await tool.fail(11, ['create', 'other', '--flake', flake]);
      expect(nextStepsOf(lacksFlake), flake).to.include("a file 'flake.nix'").and.not.to.include('git add');
    }
    await host().run(['rm', '-r', '/srv/plain']);
  });

  it('finds a flake in a directory with # or ? in its name', async function () {
    this.timeout(300_000);
    await host().run(['cp', '-r', '/home/joe/repo', '/srv/a#b?c']);
    await host().run(['rm', '-r', '/srv/a#b?c/.git']);
    const plan = await tool.get(['create', 'odd', '--flake', '.#web', '--dry-run'], { cwd: '/srv/a#b?c' });
    expect(plan.name).to.equal('odd');
    const built = await tool.ask(['update', 'web', '--flake', '.#web-2'], { cwd: '/srv/a#b?c' });
    expect(built.code, JSON.stringify(built.document)).to.equal(0);
    const typed = await tool.fail(64, ['update', 'web', '--flake', '/srv/a#b?c#web']);
    expect(typed.message).to.include('#');
  });

  it('reports the cause first if a flake cannot be evaluated or built or lacks the container', async function () {
    this.timeout(300_000);
    const refused = (attribute: string) =>
      host().run(['nixos-nspawn', 'create', 'other', '--flake', flakeOf(attribute)], { check: false });
    const heads = {
      'eval-fails': "Error: 'nix build' failed: the evaluation of this fixture fails on purpose.\n",
      'build-fails': /^Error: 'nix build' failed: .*nixos-nspawn-build-fails\.drv'.* exit code 1\.\n/m,
    };
    for (const [attribute, head] of Object.entries(heads)) {
      const { code, stderr } = await refused(attribute);
      expect(code).to.equal(11);
      if (typeof head === 'string') expect(stderr).to.include(head);
      else expect(stderr).to.match(head);
    }
    const { code, stderr } = await refused('userms');
    expect(code).to.equal(10);
    const [flake] = flakeOf('').split('#');
    expect(stderr).to.include(`Error: Flake '${flake}' has neither nixosContainers.`);
    expect(stderr).to.match(/\n {2}Did you mean 'userns'\?\n {2}It has: [^\n]{1,200} and \d+ more\.\n/);
  });

  it('reports the path that cannot be written on a full disk', async () => {
    const places = ['/run/nixos-nspawn', '/var/lib/nixos-nspawn'];
    for (const place of places) {
      await host().run([
        'bash',
        '-euc',
        'mkdir -p "$1"; mount -t tmpfs -o size=4k none "$1"; echo >"$1/full"; ! yes >>"$1/full" 2>/dev/null',
        'fill',
        place,
      ]);
      const argv = ['nixos-nspawn', 'create', 'plain', '--flake', flakeOf('plain')] as const;
      const { code, stderr } = await host().run(argv, { check: false });
      await host().run(['umount', place]);
      expect(code, stderr).to.equal(1);
      expect(stderr).to.match(/^Error: Cannot (?:write|create) \S+: no space left on device \(ENOSPC\)\.$/m);
      expect(stderr).to.include(place);
    }
  });

  it('shows everything except sizes of closures if Nix does not answer', async () => {
    await tool.get(['create', 'plain', '--flake', flakeOf('plain')]);
    // There is no daemon.
    const env = { NIX_REMOTE: 'daemon' };
    const look = (...argv: string[]) => host().run(['nixos-nspawn', ...argv], { env });
    const status = await look('status', 'plain');
    expect(status.stdout).to.match(/State: +running .*Generation: +1 current/s);
    expect(status.stderr).to.match(
      /^Warning: Nix does not report the size of closures: cannot connect to socket /,
    );
    const { stdout } = await look('list-generations', 'plain', '--size');
    expect(stdout).to.match(/^1 .* - +current, running$/m);
    const { code, stderr } = await host().run(['nixos-nspawn', 'update', 'plain'], { env, check: false });
    expect(code).to.equal(7);
    expect(stderr).to.match(/Nix cannot open its store: cannot connect to socket at \S+: [\w ]+\. /);
    await tool.get(['remove', 'plain', '--delete-state']);
  });

  it('reports that root is required', async () => {
    await tool.get(['create', 'plain', '--flake', flakeOf('plain')]);
    const lines = [
      'update plain',
      'remove plain --dry-run --delete-state',
      'run plain -- true',
      'shell plain',
      'login plain',
      'logs plain',
    ];
    for (const line of lines) {
      const argv = ['su', 'joe', '-c', `cd; nixos-nspawn ${line}`] as const;
      const { code, stderr } = await host().run(argv, { check: false });
      expect(code, `${line}\n${stderr}`).to.equal(7);
      expect(stderr, line).to.match(/^Error: [^\n]+\n {2}Run the same command with sudo\.\n$/);
    }
    await tool.get(['remove', 'plain', '--delete-state']);
  });

  it('does not record a refused request as the last operation of a container', async function () {
    this.timeout(300_000);
    await tool.get(['create', 'plain', '--flake', flakeOf('plain')]);
    const operation = async () => {
      const status = await tool.get(['status', 'plain']);
      return status.last_operation;
    };
    const before = await operation();
    expect(before).to.include({ operation: 'create', error: null });
    await tool.fail(4, ['create', 'plain', '--flake', flakeOf('plain')]);
    await tool.fail(3, ['rollback', 'plain', '--to', '7']);
    await tool.fail(64, ['update', 'plain', '--preset', 'nonsense']);
    expect(await operation()).to.deep.equal(before);
    await tool.fail(11, ['update', 'plain', '--flake', flakeOf('eval-fails')]);
    expect(await operation()).to.include({ operation: 'update' });
    await tool.get(['remove', 'plain', '--delete-state']);
  });

  it('shows the directory of a recorded source, and reports if it does not exist', async function () {
    this.timeout(300_000);
    await host().run(['cp', '-r', '/home/joe/repo', '/srv/moved']);
    await host().run(['rm', '-r', '/srv/moved/.git']);
    await host().run(['nixos-nspawn', 'update', 'web', '--flake', 'path:.#web', '--force'], {
      cwd: '/srv/moved',
    });
    expect(await host().ask(['nixos-nspawn', 'status', 'web'])).to.include('path:.#web (in /srv/moved)');
    await host().run(['mv', '/srv/moved', '/srv/elsewhere']);
    const failure = await tool.fail(10, ['update', 'web']);
    expect(failure.code).to.equal('no-such-directory');
    expect(failure.message).to.include('/srv/moved');
  });
});
