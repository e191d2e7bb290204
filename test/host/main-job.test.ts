import { expect } from 'chai';
import { answers } from './by-hand.js';
import { REPOSITORY, type Snapshot, waitFor } from './host.js';
import { describeOnHost } from './suite.js';
import { type Document, flakeOf, nextStepsOf, Tool, warningOf } from './tool.js';

const greeting = 'hello from web generation 1';
const fromFlake = (attribute: string) => ['--flake', flakeOf(attribute)] as const;

describeOnHost('a container, from its creation to its removal', 'main-job', (host) => {
  let untouched: Snapshot;
  let tool: Tool;
  const done = (...args: string[]) => tool.get(args);
  const failed = (exitCode: number, ...args: string[]) => tool.fail(exitCode, args);
  const list = (...flags: string[]) => tool.get<Document[]>(['list', ...flags]);
  const nothingChanged = async () => expect(await host().changesSince(untouched)).to.deep.equal([]);
  const linkGone = (name: string) =>
    waitFor(`the link of ${name} to go`, async () => !(await host().has(`/sys/class/net/ve-${name}`)));

  before(async () => {
    tool = new Tool(host());
    // The first runs create the directories of locks and temporary roots on a tmpfs and leave them.
    await host().run([
      'mkdir',
      '-p',
      '--mode=700',
      '/run/nixos-nspawn',
      '/run/nixos-nspawn/locks',
      '/run/nixos-nspawn/roots',
    ]);
    untouched = await host().snapshot();
  });

  it('is only described by a dry run, which changes nothing', async () => {
    const plan = await done('create', 'web', ...fromFlake('web'), '--dry-run');
    expect(plan.would_create).to.include.members(['/etc/systemd/nspawn/web.nspawn', '/var/lib/machines/web']);
    await nothingChanged();
  });

  it('can be created from a build or a link to one, but not from another path', async () => {
    const closure = await host().buildFixture('plain');
    await host().run(['ln', '-sfn', closure, '/tmp/result']);
    expect(await done('create', 'plain', '--profile', '/tmp/result')).to.include({
      state: 'running',
    });
    await done('remove', 'plain', '--delete-state');
    await host().run(['mkdir', '-p', '/tmp/empty']);
    const error = await failed(10, 'create', 'plain', '--profile', '/tmp/empty');
    expect(error.message).to.include('/tmp/empty');
    const other = await failed(10, 'create', 'other', '--profile', closure);
    expect(other.message).to.include('other');
    await host().run(['rm', '-r', '/tmp/result', '/tmp/empty']);
    await linkGone('plain');
    await nothingChanged();
  });

  it('is found in a flake with or without a system, with dots and dashes, or by its own name', async () => {
    const flake = `path:${REPOSITORY}/test/fixtures/flake`;
    for (const [name, reference] of [
      ['direct', `${flake}#direct`],
      ['direct.dotted', `${flake}#"direct.dotted"`],
      ['dash-ed', `${flake}#dash-ed`],
      ['dotted.name', flake],
    ] as const) {
      expect(await done('create', name, '--flake', reference), reference).to.include({
        state: 'running',
      });
      await done('remove', name, '--delete-state');
    }
    await host().run(['cp', '-r', `${REPOSITORY}/test/fixtures/flake`, '/srv/flake']);
    for (const reference of ['.', '.#plain']) {
      await tool.get(['create', 'plain', '--flake', reference], { cwd: '/srv/flake' });
      await done('remove', 'plain', '--delete-state');
    }
    await host().run(['rm', '-r', '/srv/flake']);
    await linkGone('plain');
    const error = await failed(10, 'create', 'nowhere', '--flake', `${flake}#nowhere`);
    expect(error.available).to.include.members(['plain', 'direct']);
    await nothingChanged();
  });

  it('leaves the host unchanged if its evaluation, build or start fails', async () => {
    for (const name of ['eval-fails', 'build-fails', 'init-crash']) {
      const error = await failed(11, 'create', name, ...fromFlake(name));
      expect(JSON.stringify(error), name).to.match(/fails on purpose|the init of init-crash crashes/);
      await linkGone(name);
      await nothingChanged();
    }
  });

  it('keeps a state directory that existed before it, even if it fails', async () => {
    await host().writeFile('/var/lib/machines/init-crash/precious', 'kept');
    await failed(11, 'create', 'init-crash', ...fromFlake('init-crash'));
    expect(await host().readFile('/var/lib/machines/init-crash/precious')).to.equal('kept');
    await done('create', 'plain', ...fromFlake('plain'));
    await host().writeFile('/srv/outside/file', 'kept');
    await host().run(['ln', '-s', '/srv/outside', '/var/lib/machines/plain/link']);
    const empty = '/var/lib/machines/plain/var/empty';
    await host().run(['mkdir', '-p', empty]);
    await host().run(['chattr', '+i', empty]);
    const bare = { PATH: '/tmp/without-chattr' };
    await host().run([
      'sh',
      '-c',
      'mkdir "$1" && ln -s /usr/bin/* /usr/local/bin/* "$1" && rm "$1/chattr"',
      'sh',
      bare.PATH,
    ]);
    // Without chattr(1), the immutable directory remains. A warning names it, and the next container does not use it.
    const removed = await tool.get(['remove', 'plain', '--delete-state'], { env: bare });
    expect(removed).to.include({ removed: true, state_deleted: false });
    expect(warningOf(removed, 'state-not-deleted')).to.include('var/empty').and.to.include('e2fsprogs');
    await host().run(['rm', '-r', bare.PATH]);
    await done('create', 'plain', ...fromFlake('plain'));
    await done('remove', 'plain', '--delete-state');
    expect(await host().ask(['ls', '-A', '/var/lib/machines'])).to.equal('init-crash');
    expect(await host().readFile('/srv/outside/file')).to.equal('kept');
    await host().run(['rm', '-r', '/srv/outside', '/var/lib/machines/init-crash']);
    await nothingChanged();
  });

  it('is distinguished from files of other origin, which are not changed', async () => {
    await host().writeFile('/etc/systemd/nspawn/theirs.nspawn', '[Exec]\nBoot=yes\n');
    await host().writeFile('/etc/systemd/nspawn/broken.nspawn', '\u0000\u0001 no unit');
    await host().writeFile('/etc/nixos-nspawn/declarative.d/declared.json', '{"name":"declared"}');
    await host().run(['mkdir', '-p', '/nix/var/nix/profiles/per-nspawn/half']);
    const types = Object.fromEntries((await list()).map(({ name, type }) => [name, type]));
    expect(types).to.deep.equal({
      broken: 'foreign',
      declared: 'declarative',
      half: 'incomplete',
      theirs: 'foreign',
    });
    for (const name of ['theirs', 'broken', 'declared']) {
      await failed(5, 'remove', name);
      await failed(5, 'create', name, ...fromFlake('plain'));
    }
    await failed(4, 'create', 'half', ...fromFlake('plain'));
    await done('remove', 'half');
    await host().run(['rm', '-r', '/etc/systemd/nspawn/theirs.nspawn', '/etc/systemd/nspawn/broken.nspawn']);
    await host().run(['rm', '-r', '/etc/nixos-nspawn']);
    await nothingChanged();
  });

  it('is not affected by wrong command lines, which are refused with a next step', async () => {
    const verb = await failed(64, 'craete', 'web');
    expect(nextStepsOf(verb)).to.include('nixos-nspawn create');
    await failed(64, 'create', 'web');
    await failed(64, 'create', '../x', ...fromFlake('plain'));
    await failed(64, 'list', '--nonsense');
    await failed(64, 'create', 'web', '--flake', 'a', '--profile', 'b');
    const nixpkgs = await failed(7, 'create', 'web', '--config', '/etc/hosts');
    expect(nextStepsOf(nixpkgs)).to.include('--nixpkgs');
    await nothingChanged();
  });

  describe('once it is created from a flake', () => {
    let created: Document;

    before(async () => {
      created = await done('create', 'web', ...fromFlake('web'));
    });

    after(async () => {
      if (await host().has('/etc/systemd/nspawn/web.nspawn')) await done('remove', 'web', '--delete-state');
    });

    it('runs, and is listed', async () => {
      const facts = {
        name: 'web',
        unit_file: '/etc/systemd/nspawn/web.nspawn',
        is_imperative: true,
        state: 'running',
        generation: 1,
      };
      expect(created).to.include(facts);
      expect(await host().ask(['machinectl', 'show', 'web', '--property=State', '--value'])).to.equal(
        'running',
      );
      const listed = await list('--type', 'imperative');
      expect(listed).to.have.length(1);
      expect(listed[0]).to.include(facts);
      expect(await list('--type', 'declarative')).to.deep.equal([]);
    });

    it('answers by name over IPv4 and IPv6, and on its forwarded port of the host', async () => {
      // Immediately, because create waits for the address.
      expect(await answers(host(), 'http://web/', ['-4'])).to.equal(greeting);
      await waitFor('the page', async () => (await answers(host(), 'http://web/')) === greeting);
      expect(await answers(host(), 'http://web/', ['-6'])).to.equal(greeting);
      const address = await host().ask([
        'sh',
        '-c',
        "ip -4 -json address show dev ve-web | jq -r '.[0].addr_info[0].local'",
      ]);
      expect(await answers(host(), `http://${address}:8181/`)).to.equal(greeting);
    });

    it('can run a command through machined', async () => {
      const inside = [
        'systemd-run',
        '--machine=web',
        '--pipe',
        '--wait',
        '--quiet',
        'cat',
        '/proc/1/comm',
      ] as const;
      expect(await host().ask([...inside])).to.equal('systemd');
    });

    it('cannot be created again', async () => {
      const error = await failed(4, 'create', 'web', ...fromFlake('web'));
      expect(error.code).to.equal('exists');
    });

    it('is listed as a table of 80 columns without colours if the output is not a terminal', async () => {
      const text = await host().ask(['nixos-nspawn', 'list']);
      expect(text.split('\n')[0]).to.match(/^NAME +TYPE +STATE +GENERATION +ADDRESSES$/);
      expect(text)
        .to.match(/^web +imperative +running +1 +\S+/m)
        .and.not.include('\u001b');
      for (const line of text.split('\n')) expect(line.length).to.be.at.most(80);
      const format = ['nixos-nspawn', 'list', '--format', '{{name}}={{state}}'] as const;
      expect(await host().ask(format)).to.equal('web=running');
    });

    it('is listed with global flags before the command, as in the Python tool, or after it', async () => {
      for (const argv of [
        ['-v', '--json', 'list'],
        ['list', '--json', '-v'],
        ['--unit-file-dir', '/etc/systemd/nspawn', 'list', '--json'],
      ]) {
        const told = JSON.parse(await host().ask(['nixos-nspawn', ...argv])) as Document[];
        expect(told.map(({ name }) => name)).to.deep.equal(['web']);
      }
    });

    it('is removed completely, except for its state, which --delete-state deletes', async () => {
      const plan = await done('remove', 'web', '--dry-run');
      expect(plan).to.deep.include({ would_stop: true, would_keep: ['/var/lib/machines/web'] });
      expect(await done('remove', 'web')).to.include({ removed: true, state_deleted: false });
      expect(await host().has('/var/lib/machines/web')).to.equal(true);
      const again = await done('remove', 'web');
      expect(again).to.include({ removed: false });
      expect(warningOf(again, 'no-such-container')).to.include("'web'");
      expect(await done('remove', 'web', '--delete-state')).to.include({ state_deleted: true });
      await linkGone('web');
      await nothingChanged();
    });
  });
});
