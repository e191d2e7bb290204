import { expect } from 'chai';
import { answers, forwards } from './by-hand.js';
import { REPOSITORY, waitFor } from './host.js';
import { timeWithoutService } from './outage.js';
import { describeOnHost } from './suite.js';
import { errorOf, Tool } from './tool.js';

const PAGE = 'http://web/';
const NETWORK = '/etc/systemd/network/20-ve-web.network';
const ROOTS = '/nix/var/nix/gcroots/nixos-nspawn';
const PROFILES = '/nix/var/nix/profiles/per-nspawn';

describeOnHost('update', 'update', (host) => {
  const tool = () => new Tool(host());
  /** An ID that changes with each start of the container. */
  const start = (name = 'web') =>
    host().ask(['systemctl', 'show', '--property=InvocationID', '--value', `systemd-nspawn@${name}.service`]);
  const generations = async (name = 'web') =>
    (await tool().get<{ generation: number }[]>(['list-generations', name])).map(
      ({ generation }) => generation,
    );

  /** Makes sure that the container runs this configuration. Returns the number of its generation. */
  const at = async (attribute: string): Promise<number> => {
    const { code, document, stderr } = await tool().update('web', attribute, '--start');
    expect(code, stderr).to.equal(0);
    return Number(document.generation);
  };
  /** The directories of the garbage collector roots, which are named after runs. */
  const keptRuns = async () =>
    (
      await host().ask(['find', `${ROOTS}/web`, '-mindepth', '1', '-maxdepth', '1', '-printf', '%f\\n'])
    ).trim();

  /** Milliseconds without an answer, by action. */
  const outages = new Map<string, number>();
  const measured = async (what: string, act: () => Promise<void>) => {
    outages.set(what, await timeWithoutService(host(), PAGE, act));
  };

  before(async function () {
    this.timeout(300_000);
    // The fixture 'restart' mounts this directory.
    await host().run(['mkdir', '-p', '/srv/shared']);
    await tool().create('web');
  });

  after(() => {
    for (const [what, milliseconds] of outages)
      console.log(`      time without service, ${what}: ${milliseconds} ms`);
  });

  it('does nothing if nothing changed, unless --force is given', async () => {
    await at('web');
    const all = await generations();
    await forwards(host(), 8181);
    const before = await host().snapshot();
    const { code, document } = await tool().update('web', 'web');
    expect([code, document.changed, document.activation]).to.deep.equal([0, false, 'none']);
    expect(await host().changesSince(before)).to.deep.equal([]);

    const forced = await tool().update('web', 'web', '--force');
    expect([forced.code, forced.document.changed, forced.document.activation]).to.deep.equal([
      0,
      true,
      'reload',
    ]);
    expect(await generations()).to.deep.equal(all);
  });

  it('with --dry-run, reports what it would do and changes nothing', async () => {
    const current = await at('web');
    await forwards(host(), 8181);
    const before = await host().snapshot();
    const { code, document } = await tool().update('web', 'web-restart', '--dry-run');
    expect(code).to.equal(0);
    expect(document).to.deep.include({
      would_change: true,
      activation: 'restart',
      reasons: ['Bind= added'],
      old_generation: current,
    });
    expect(await host().changesSince(before)).to.deep.equal([]);
  });

  it('reloads the container if a reload is enough', async () => {
    const current = await at('web');
    const before = await start();
    await measured('reload', async () => {
      const { code, document } = await tool().update('web', 'web-2');
      expect(code).to.equal(0);
      expect(document).to.deep.include({
        generation: current + 1,
        old_generation: current,
        activation: 'reload',
      });
    });
    expect(await answers(host(), PAGE)).to.equal('hello from web generation 2');
    expect(await start()).to.equal(before);
  });

  it('restarts the container if necessary, and reports why', async () => {
    await at('web-2');
    const before = await start();
    await measured('restart', async () => {
      const { document } = await tool().update('web', 'web-restart');
      expect(document).to.deep.include({ activation: 'restart', reasons: ['Bind= added'] });
    });
    expect(await start()).not.to.equal(before);
    expect(await answers(host(), PAGE)).to.equal('hello from web generation restart');
  });

  it('restores the previous generation if the new one never becomes ready', async () => {
    const current = await at('web-restart');
    const all = await generations();
    const answer = await tool().update('web', 'web-never-ready', '--strategy', 'restart');
    expect(answer.code).to.equal(8);
    expect(errorOf(answer)).to.deep.include({ code: 'activation-failed', restored_generation: current });
    expect(await answers(host(), PAGE)).to.equal('hello from web generation restart');
    expect(await generations()).to.deep.equal(all);
    expect(await keptRuns(), 'the run whose closures are kept').to.equal(await start());
  });

  it('restores the previous generation if the init crashes or a reload fails', async () => {
    await at('web-restart');
    const all = await generations();
    await measured('restart that fails, and automatic rollback', async () => {
      const crash = await tool().update('web', 'web-init-crash', '--strategy', 'restart');
      expect(crash.code).to.equal(8);
      expect(String(errorOf(crash).journal)).to.include('the init of web crashes');
    });
    const reload = await tool().update('web', 'web-reload-fails', '--strategy', 'reload');
    expect(reload.code).to.equal(8);
    expect(await answers(host(), PAGE)).to.equal('hello from web generation restart');
    expect(await generations()).to.deep.equal(all);
  });

  it('changes nothing if the evaluation or the build fails', async () => {
    await forwards(host(), 8181);
    const before = await host().snapshot();
    for (const attribute of ['web-eval-fails', 'web-build-fails']) {
      const { code } = await tool().update('web', attribute);
      expect(code, attribute).to.equal(11);
    }
    expect(await host().changesSince(before)).to.deep.equal([]);
  });

  it('exits with 9 if the rollback fails too, and the next command continues to undo', async () => {
    await at('web-restart');
    const all = await generations();
    // The source of the mount does not exist, so the previous generation cannot start either.
    await host().run(['rm', '-r', '/srv/shared']);
    const answer = await tool().update('web', 'web-init-crash', '--strategy', 'restart');
    expect(answer.code).to.equal(9);
    expect(errorOf(answer)).to.have.property('code', 'not-restored');
    expect(errorOf(answer)).to.have.property('undo_failures').that.has.length(1);

    await host().run(['mkdir', '/srv/shared']);
    const next = await tool().update('web', 'web-restart');
    expect(next.code).to.equal(0);
    expect(await answers(host(), PAGE)).to.equal('hello from web generation restart');
    expect(await generations()).to.deep.equal(all);
  });

  it('keeps the failed generation with --no-rollback, and reports this', async () => {
    const current = await at('web-restart');
    const answer = await tool().update('web', 'web-init-crash', '--strategy', 'restart', '--no-rollback');
    expect(answer.code).to.equal(9);
    expect(errorOf(answer)).to.deep.include({ code: 'activation-failed', restored_generation: null });
    expect((await generations())[0]).to.be.greaterThan(current);

    const back = await tool().get(['rollback', 'web', '--to', String(current), '--start']);
    expect(back).to.deep.include({ generation: current, state: 'running' });
    expect(await answers(host(), PAGE)).to.equal('hello from web generation restart');
  });

  it('deletes a .network file that only the old generation has, and a rollback restores it', async () => {
    /** The file with which networkd configured the container's link. */
    const applied = async () => {
      const status = await host().ask(['networkctl', 'status', '--json=short', 've-web']);
      return (JSON.parse(status) as { NetworkFile?: string }).NetworkFile;
    };
    const isApplied = (file: string) =>
      waitFor(`networkd applies ${file}`, async () => (await applied()) === file);
    await at('web');
    expect(await host().has(NETWORK)).to.equal(true);
    await isApplied(NETWORK);
    const { document } = await tool().update('web', 'web-no-ula');
    expect(document).to.deep.include({ activation: 'restart' });
    expect(document.reasons).to.include('20-ve-web.network removed');
    expect(await host().has(NETWORK)).to.equal(false);
    await isApplied('/usr/lib/systemd/network/80-container-ve.network');
    await tool().get(['rollback', 'web', '--to', String(document.old_generation)]);
    expect(await host().has(NETWORK)).to.equal(true);
    await isApplied(NETWORK);
  });

  it('makes networkd apply a changed .network file, as a rollback does', async () => {
    const addressWith = (prefix: string) =>
      waitFor(`an address of ${prefix} on the host's side`, async () =>
        (await host().ask(['ip', '-6', 'address', 'show', 've-web'])).includes(` ${prefix}`),
      );
    const other = await host().ask([
      'nix',
      'build',
      ...['--no-link', '--print-out-paths'],
      ...['--file', `${REPOSITORY}/test/fixtures/profile.nix`, '--argstr', 'name', 'web'],
      ...['--argstr', 'settings', JSON.stringify({ generation: 'other-link', ula: 'fd34::/64' })],
    ]);
    await at('web');
    await addressWith('fd12::');
    const { code, document } = await tool().ask(['update', 'web', '--profile', other]);
    expect(code).to.equal(0);
    expect(document.reasons).to.include('20-ve-web.network changed');
    await addressWith('fd34::');
    await tool().get(['rollback', 'web', '--to', String(document.old_generation)]);
    await addressWith('fd12::');
  });

  it('activates nothing with the strategy none, and the next update compares with the running generation', async () => {
    await tool().update('web', 'web', '--strategy', 'restart');
    const before = await start();
    const { document } = await tool().update('web', 'web-restart', '--strategy', 'none');
    expect(document.activation).to.equal('none');
    expect(await start()).to.equal(before);
    expect(await answers(host(), PAGE)).to.equal('hello from web generation 1');
    // The mount is part of the current generation, but not yet of the running container.
    const next = await tool().update('web', 'web-restart');
    expect(next.document).to.deep.include({ changed: true, activation: 'restart', reasons: ['Bind= added'] });
  });

  it('does not start a stopped container, unless --start is given', async () => {
    await at('web');
    await host().run(['machinectl', 'poweroff', 'web']);
    await host().run(['systemctl', 'stop', 'systemd-nspawn@web.service']);
    const { document } = await tool().update('web', 'web-2');
    expect(document).to.deep.include({ state: 'stopped', activation: 'none', changed: true });
    const started = await tool().update('web', 'web-2', '--start');
    expect(started.document).to.deep.include({ state: 'running', activation: 'start' });
    expect(await answers(host(), PAGE)).to.equal('hello from web generation 2');
  });

  describe('with --all', () => {
    const flake = '/srv/flake';
    /** Sets the configuration of all `many-…` containers. */
    const configure = (value: string) =>
      host().writeFile(`${flake}/many.nix`, `{ container, name }: ${value}\n`);

    before(async () => {
      await host().run(['cp', '-rL', `${REPOSITORY}/test/fixtures/flake`, flake]);
      const many = 's|container { inherit name; };|import ./many.nix { inherit container name; };|';
      await host().run(['sed', '-i', many, `${flake}/flake.nix`]);
      await at('web');
    });

    beforeEach(async () => {
      await configure('container { inherit name; }');
      for (const name of ['many-01', 'many-02']) {
        await tool().get(['remove', name, '--delete-state']);
        await tool().get(['create', name, '--flake', `path:${flake}#${name}`]);
      }
    });

    it('updates each container from its recorded source, even if one fails', async () => {
      await configure(
        'if name == "many-02" then throw "gone wrong" else container { inherit name; generation = 2; }',
      );
      const plans = await tool().ask<Record<string, unknown>[]>(['update', '--all', '--dry-run']);
      expect(plans.code).to.equal(11);
      expect(Object.fromEntries(plans.document.map(({ name, outcome }) => [name, outcome]))).to.deep.equal({
        'many-01': 'would-update',
        'many-02': 'failed',
        web: 'unchanged',
      });
      expect(await generations('many-01'), 'after a dry run').to.deep.equal([1]);
      const { code, document } = await tool().ask<Record<string, unknown>[]>([
        'update',
        '--all',
        '--jobs',
        '2',
      ]);
      expect(code).to.equal(11);
      const outcomes = Object.fromEntries(document.map(({ name, outcome }) => [name, outcome]));
      expect(outcomes).to.deep.equal({ 'many-01': 'updated', 'many-02': 'failed', web: 'unchanged' });
      expect(await answers(host(), 'http://many-01/')).to.equal('hello from many-01 generation 2');
      expect(await generations('many-02')).to.deep.equal([1]);
    });

    it('evaluates each flake once, whatever the number of its containers', async () => {
      await configure('container { inherit name; generation = if name == "many-01" then 1 else 2; }');
      const nix = await host().ask(['sh', '-c', 'command -v nix']);
      const count = `#!/bin/sh\necho "$*" >>/srv/counted/commands\nexec ${nix} "$@"\n`;
      await host().writeFile('/srv/counted/nix', count, 0o755);
      const path = `/srv/counted:${await host().ask(['sh', '-c', 'echo "$PATH"'])}`;
      const { code, document } = await tool().ask<Record<string, unknown>[]>(['update', '--all'], {
        env: { PATH: path },
      });
      expect(code).to.equal(0);
      expect(document.map(({ name, outcome }) => [name, outcome])).to.deep.equal([
        ['many-01', 'unchanged'],
        ['many-02', 'updated'],
        ['web', 'unchanged'],
      ]);
      const commands = (await host().readFile('/srv/counted/commands')).split('\n');
      const verbs = commands.filter((line) => line.includes(flake)).map((line) => line.split(' ')[0]);
      expect(verbs).to.deep.equal(['flake', 'build']);
    });

    it('records the given source, as typed and as locked, even if it builds the current generation', async () => {
      const remembered = async () =>
        JSON.parse(await host().readFile('/var/lib/nixos-nspawn/containers/many-02.json'));
      const record = await remembered();
      expect(record.source).to.deep.include({ kind: 'flake', reference: `path:${flake}#many-02` });
      expect(record.resolved).to.match(/narHash=.*#nixosContainers\./);
      const built = await host().ask(['readlink', '-f', `${PROFILES}/many-02/system`]);
      const { document } = await tool().ask(['update', 'many-02', '--profile', built]);
      expect(document).to.deep.include({ changed: false, generation: 1 });
      expect((await remembered()).source).to.deep.equal({ kind: 'profile', path: built });
    });
  });

  describe('afterwards', () => {
    it('refuses a container that is declared, does not exist or has no known source', async () => {
      await host().writeFile('/etc/nixos-nspawn/declarative.d/declared.json', '{}');
      const declared = await tool().ask(['update', 'declared']);
      expect(declared.code).to.equal(5);
      const missing = await tool().ask(['update', 'nobody']);
      expect(missing.code).to.equal(2);
      await host().run(['rm', '/var/lib/nixos-nspawn/containers/web.json']);
      const unknown = await tool().ask(['update', 'web']);
      expect([unknown.code, errorOf(unknown).code]).to.deep.equal([64, 'no-stored-source']);
    });

    it('leaves no build, journal or lock', async () => {
      const left = await host().ask(
        ['find', '/run/nixos-nspawn', '/var/lib/nixos-nspawn/journal', '-type', 'f,l'],
        {
          check: false,
        },
      );
      expect(left).to.equal('');
      const hidden = await host().ask(['find', PROFILES, '/etc/systemd', '-name', '.*']);
      expect(hidden).to.equal('');
    });
  });

  it('restarts the container if NixOS refuses to switch the running system', async () => {
    expect((await tool().update('web', 'web-2', '--strategy', 'restart')).code).to.equal(0);
    const before = await start();
    const refused = await tool().update('web', 'web-broker', '--strategy', 'reload');
    expect([refused.code, errorOf(refused).code]).to.deep.equal([10, 'cannot-reload']);
    expect(await start()).to.equal(before);

    const { code, document } = await tool().update('web', 'web-broker');
    expect(code).to.equal(0);
    expect(document).to.deep.include({
      activation: 'restart',
      reasons: ['NixOS cannot switch dbus-implementation in a running system'],
    });
    expect(await answers(host(), PAGE)).to.equal('hello from web generation broker');
  });

  it('knows to which generation it reloaded the container, even if both have the same NixOS system', async () => {
    const closureWith = (timeoutStartSec: string) =>
      host().ask([
        'nix-build',
        '--no-out-link',
        `${REPOSITORY}/test/fixtures/profile.nix`,
        ...['--argstr', 'name', 'web', '--argstr', 'settings', JSON.stringify({ timeoutStartSec })],
      ]);
    const [first, second] = [await closureWith('101'), await closureWith('102')];
    const to = (closure: string) => tool().get(['update', 'web', '--profile', closure, '--start']);
    await to(first);
    expect(await to(second)).to.deep.include({ changed: true, activation: 'reload' });
    expect(await tool().get(['status', 'web'])).to.include({ outdated: false });
    expect(await to(second)).to.deep.include({ changed: false, activation: 'none' });
  });

  it('protects the running and the booted generation from garbage collection until the container stops', async () => {
    const roots = async () =>
      (await host().ask(['find', ROOTS, '-type', 'l', '-printf', '%f %l\\n'], { check: false }))
        .split('\n')
        .sort();
    const status = () => tool().get<{ outdated: boolean | null }>(['status', 'web']);
    const [first, second] = [await host().buildFixture('web-3'), await host().buildFixture('web-2')];
    await tool().update('web', 'web-3', '--strategy', 'restart');
    expect(await roots()).to.deep.equal([`booted ${first}`, `current ${first}`]);
    expect(await status()).to.include({ outdated: false });

    // When the profile has a new generation and its earlier ones are deleted.
    expect((await tool().update('web', 'web-2', '--strategy', 'none')).code).to.equal(0);
    await host().run(['nix-collect-garbage', '--delete-old']);
    expect(await host().has(`${first}/nixos-nspawn/web.nspawn`)).to.equal(true);
    expect(await status()).to.include({ outdated: true });

    // Then a reload changes one root, and a restart the other.
    await tool().update('web', 'web-2', '--strategy', 'reload');
    expect(await roots()).to.deep.equal([`booted ${first}`, `current ${second}`]);
    await tool().get(['restart', 'web']);
    expect(await roots()).to.deep.equal([`booted ${second}`, `current ${second}`]);
    await tool().get(['stop', 'web']);
    expect(await roots()).to.deep.equal(['']);
  });
});
