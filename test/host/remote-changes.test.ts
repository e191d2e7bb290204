import { expect } from 'chai';
import { fixture, type Outcome, waitFor } from './host.js';
import { describeOnPair } from './pair.js';
import { from, preparePresets } from './presets.js';
import { type Document, flakeOf, Tool } from './tool.js';

/** The orders of changes on the target. */
const ORDERS = '/run/nixos-nspawn/remote';
/** Lists their services. */
const SERVICES = 'systemctl list-units --plain --no-legend "nixos-nspawn-remote-*" | cut -d" " -f1';

describeOnPair('a change on another host', 'remote-changes', (pair) => {
  let here: Tool;
  let there: Tool;

  const toThere = (...args: string[]) => [...args, '--target-host', pair().there];
  const spawn = (...args: string[]) => pair().caller.spawn(['nixos-nspawn', ...toThere(...args)]);
  const update = (attribute: string) => toThere('update', 'web', '--flake', flakeOf(attribute));
  const list = (): Promise<Outcome> => pair().caller.run(['nixos-nspawn', ...toThere('list', '--quiet')]);
  const generation = async () => (await there.get<Document>(['status', 'web'])).generation;
  const service = () => pair().target.ask(['sh', '-c', SERVICES]);
  /** Waits until the target reports a step with this title. */
  const reports = (title: string) =>
    waitFor(
      title,
      async () =>
        (await pair().target.run(['sh', '-c', `grep -rqs -- "$1" ${ORDERS}`, 'sh', title], { check: false }))
          .code === 0,
      { timeout: 60_000 },
    );
  /** Holds the container's lock, for which a change with --wait then waits. Returns a function that releases it. */
  const hold = async () => {
    const script = 'echo held; until [ -e /tmp/release ]; do sleep 0.1; done; rm /tmp/release';
    const holder = pair().target.spawn(['flock', '/run/nixos-nspawn/locks/web.lock', 'sh', '-c', script]);
    await waitFor('the lock', async () => holder.stdoutSoFar.includes('held'));
    return async () => {
      await pair().target.run(['touch', '/tmp/release']);
      await holder.outcome;
    };
  };
  const cut = () => pair().caller.run(['pkill', '-KILL', '--full', '^ssh: /run/nixos-nspawn/ssh/']);
  const orders = () => pair().target.ask(['sh', '-c', `ls ${ORDERS}`]);

  before(async () => {
    here = new Tool(pair().caller);
    there = new Tool(pair().target);
    await pair().caller.run(['hostname', 'laptop']);
  });

  it('create builds here, copies the closure, and starts the container there', async () => {
    const created = await here.get<Document>(toThere('create', 'web', '--flake', flakeOf('web')));
    expect(created).to.include({ name: 'web', state: 'running', generation: 1 });
    expect(await here.get(['list'])).to.deep.equal([]);
    const { source } = await there.get<{ source: Document }>(['status', 'web']);
    expect(source).to.deep.equal({
      kind: 'flake',
      reference: flakeOf('web'),
      directory: '/root',
      host: 'laptop',
    });
    expect(await orders()).to.equal('');
    expect(await service()).to.equal('');
    expect(await pair().caller.ask(['find', '/tmp', '-name', 'nixos-nspawn-*'])).to.equal('');
  });

  it('update makes the next generation there, and shows its steps', async () => {
    const { stdout, stderr } = await pair().caller.run(['nixos-nspawn', ...update('web-2')]);
    expect(stderr).to.match(
      /✔ Ask root@10\.98\.0\.2(?:.|\n)*✔ Evaluate and build(?:.|\n)*✔ Copy(?:.|\n)*✔ Change/,
    );
    expect(stdout).to.include('Generation: 2');
    expect(await generation()).to.equal(2);
  });

  it('update uses the recorded source, which is on the host that calls', async () => {
    expect(await here.get<Document>(toThere('update', 'web'))).to.include({ changed: false, generation: 2 });
    const error = await there.fail(64, ['update', 'web']);
    expect(error.message).to.include("is on the host 'laptop'");
    await pair().caller.run(['hostname', 'desktop']);
    await here.fail(64, toThere('update', 'web'));
    await pair().caller.run(['hostname', 'laptop']);
  });

  it('a prebuilt closure and a configuration that only the target has can be sources', async () => {
    const closure = await pair().caller.ask([
      'nix',
      'build',
      '--no-link',
      '--print-out-paths',
      fixture('web'),
    ]);
    await here.get(toThere('update', 'web', '--profile', closure));
    const { source } = await there.get<{ source: Document }>(['status', 'web']);
    expect(source).to.deep.equal({ kind: 'profile', path: closure });
    await pair().target.run(['cp', '-r', '/opt/nixos-nspawn/test/fixtures/flake', '/srv/only-there']);
    await there.get(['update', 'web', '--flake', 'path:/srv/only-there#web-2']);
    expect(await here.get<Document>(toThere('update', 'web'))).to.include({ changed: false });
    await here.get(update('web'));
  });

  it('errors are those of the tool there, with their exit codes', async () => {
    expect((await here.fail(4, toThere('create', 'web', '--flake', flakeOf('web')))).code).to.equal('exists');
    expect((await here.fail(2, toThere('update', 'nope', '--flake', flakeOf('web')))).code).to.equal(
      'no-such-container',
    );
    const before = await generation();
    const failed = await here.fail(8, update('web-broken'));
    expect(failed.code).to.equal('activation-failed');
    expect(await generation()).to.equal(before);
    expect(await orders()).to.equal('');
  });

  it('flags that need this host are refused', async () => {
    await here.fail(64, toThere('update', '--all'));
    await here.fail(64, [...update('web-2'), '--dry-run']);
  });

  it('a change goes on when the connection is lost, and the next call tells how it ended', async () => {
    const before = await generation();
    const release = await hold();
    const command = spawn('update', 'web', '--flake', flakeOf('web-2'), '--wait', '120');
    await waitFor('the service', async () => (await service()) !== '', { timeout: 60_000 });
    await cut();
    const { code, stderr } = await command.outcome;
    expect(stderr).to.include('was lost');
    expect(code).to.equal(69);
    expect((await list()).stderr).to.include("earlier 'update' of container 'web'. It is still under way.");
    await release();
    await reports('"result"');
    expect((await list()).stderr).to.equal(
      "Warning: The connection was lost during an earlier 'update' of container 'web'. It has succeeded.\n",
    );
    expect((await list()).stderr).to.equal('');
    expect(await generation()).to.equal(Number(before) + 1);
    expect(await orders()).to.equal('');
  });

  it('a change that fails after the connection is lost undoes itself', async () => {
    const before = await generation();
    const command = spawn('update', 'web', '--flake', flakeOf('web-broken'));
    await reports('Record the source');
    await cut();
    expect((await command.outcome).code).to.equal(69);
    await reports('"error"');
    expect((await list()).stderr).to.include('It has failed with exit code 8: The new generation of ');
    expect(await generation()).to.equal(before);
    expect((await there.get<Document>(['status', 'web'])).state).to.equal('running');
  });

  it('the outcome is kept if the link is down when it is known', async () => {
    const before = await generation();
    const release = await hold();
    const command = spawn('update', 'web', '--flake', flakeOf('web'), '--wait', '120');
    await waitFor('the service', async () => (await service()) !== '', { timeout: 60_000 });
    await pair().caller.run(['ip', 'link', 'set', 'join0', 'down']);
    await release();
    await reports('"result"');
    await cut();
    expect((await command.outcome).code).to.equal(69);
    await waitFor(
      'the follower there to give up',
      async () => (await pair().target.run(['pgrep', '-f', '__change'], { check: false })).code !== 0,
      { timeout: 30_000 },
    );
    await pair().caller.run(['ip', 'link', 'set', 'join0', 'up']);
    expect((await list()).stderr).to.include('It has succeeded.');
    expect(await generation()).to.equal(Number(before) + 1);
  });

  it('Ctrl-C undoes the change there', async () => {
    const before = await generation();
    const command = spawn('update', 'web', '--flake', flakeOf('web-never-ready'));
    await reports('Record the source');
    await command.kill('SIGINT');
    const { code, stderr } = await command.outcome;
    expect(stderr).to.include('Interrupted by SIGINT');
    expect(code).to.equal(130);
    expect(await generation()).to.equal(before);
    expect((await there.get<Document>(['status', 'web'])).state).to.equal('running');
    expect(await orders()).to.equal('');
  });

  it('a change whose process is killed there is reported, and the next command undoes it', async () => {
    const before = await generation();
    const command = spawn('update', 'web', '--flake', flakeOf('web-never-ready'));
    await reports('Record the source');
    await pair().target.run(['systemctl', 'kill', '--signal=KILL', await service()]);
    const { code, stderr } = await command.outcome;
    expect(stderr).to.include('the outcome is unknown');
    expect(code).to.equal(9);
    expect(await generation()).to.equal(before);
  });

  it('presets check the target, and add modules that are evaluated here', async () => {
    await preparePresets(pair().caller);
    const flags = from('other', ['expose:9090:80']);
    await here.get(toThere('create', 'other', ...flags));
    const { ports, presets } = await there.get<{ ports: Document[]; presets: Document[] }>([
      'status',
      'other',
    ]);
    expect(ports).to.have.length(1);
    expect(presets).to.have.length(1);
    const unknown = await here.fail(64, toThere('update', 'other', ...from('other', ['no-such-preset'])));
    expect(unknown.code).to.equal('unknown-preset');
    await here.get(toThere('remove', 'other', '--yes', '--delete-state'));
  });

  it('sudo makes changes for a user who may not', async () => {
    const { caller, target } = pair();
    await target.run(['useradd', '--create-home', '--shell', '/bin/bash', 'ann']);
    await target.run(['install', '-d', '-o', 'ann', '-m', '700', '/home/ann/.ssh']);
    await target.writeFile(
      '/home/ann/.ssh/authorized_keys',
      await caller.readFile('/root/.ssh/id_ed25519.pub'),
    );
    const asAnn = ['update', 'web', '--flake', flakeOf('web-2'), '--force', '--target-host', 'ann@10.98.0.2'];
    expect((await here.fail(7, asAnn)).code).to.equal('host-lacks');
    await target.writeFile('/etc/sudoers.d/ann', 'ann ALL=(ALL) NOPASSWD: ALL\n', 0o440);
    expect(await here.get<Document>([...asAnn, '--sudo'])).to.include({ state: 'running' });
  });
});
