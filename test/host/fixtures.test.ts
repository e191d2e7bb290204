import { dirname } from 'node:path';
import { expect } from 'chai';
import { settingsSchema } from '../../src/container/settings.js';
import { answers, installByHand, removeByHand } from './by-hand.js';
import { FIXTURES, fixture } from './host.js';
import { describeOnHost } from './suite.js';

const service = (container: string) => `systemd-nspawn@${container}.service`;

describeOnHost('the fixture containers', 'fixtures', (host) => {
  const state = (container: string) =>
    host().ask(['systemctl', 'show', '--property=ActiveState', '--value', service(container)]);
  const result = (container: string) =>
    host().ask(['systemctl', 'show', '--property=Result', '--value', service(container)]);
  const inside = (container: string, ...argv: [string, ...string[]]) =>
    host().run(['systemd-run', `--machine=${container}`, '--pipe', '--quiet', '--wait', ...argv], {
      check: false,
    });
  const start = (container: string) =>
    host().run(['systemctl', 'start', service(container)], { check: false });

  it('have the files of a container closure, with settings that nixos-nspawn can read', async () => {
    const closure = await host().buildFixture('web');
    const toplevel = dirname(await host().ask(['readlink', `${closure}/init`]));
    const below = async (path: string, type: 'f' | 'l') =>
      (await host().ask(['find', path, '-type', type, '-printf', '%P\n'])).split('\n').sort();
    expect(toplevel).to.match(/^\/nix\/store\/[0-9a-z]{32}-nixos-system-web-fixture-1$/);
    expect(await below(closure, 'f')).to.deep.equal([
      'nixos-nspawn/20-ve-web.network',
      'nixos-nspawn/data.json',
      'nixos-nspawn/service-overrides.conf',
      'nixos-nspawn/web.nspawn',
      'nixos-nspawn/web.nspawn.systemd-261',
    ]);
    expect(await below(closure, 'l')).to.deep.equal([
      'activate',
      'bin',
      'init',
      'nixos-version',
      'switch-inhibitors',
      'units',
    ]);
    expect(await below(toplevel, 'f')).to.deep.equal([
      'activate',
      'bin/switch-to-configuration',
      'init',
      'nixos-version',
      'switch-inhibitors',
      'units/raise-host0.service',
      'units/web.service',
    ]);
    const settings = settingsSchema.parse(
      JSON.parse(await host().readFile(`${closure}/nixos-nspawn/data.json`)),
    );
    expect(settings.forwardPorts).to.deep.equal([{ protocol: 'tcp', hostPort: 8181, containerPort: 80 }]);
    expect(settings.declarative).to.equal(false);
  });

  it('are built in seconds, with only Nix', async () => {
    await host().run(['nix', 'build', '--no-link', fixture('plain')]);
    const started = performance.now();
    await host().run(['nix', 'build', '--no-link', fixture('dotted.name')]);
    expect(performance.now() - started).to.be.below(20_000);
  });

  it('are flake outputs with or without a system', async () => {
    const names = async (set: string) =>
      JSON.parse(
        await host().ask(['nix', 'eval', '--json', `${FIXTURES}#${set}`, '--apply', 'builtins.attrNames']),
      ) as string[];
    const system = fixture('x').match(/nixosContainers\.([^.]+)/)?.[1] ?? '';
    expect(await names(`nixosContainers.${system}`)).to.include.members([
      'web',
      'web-2',
      'plain',
      'dotted.name',
      'dash-ed',
      'many-01',
      'many-50',
    ]);
    expect(await names('nixosContainers')).to.include.members(['direct', 'direct.dotted', system]);
  });

  it('can be built from a file with any name and generation', async () => {
    const closure = await host().ask([
      ...(['nix', 'build', '--no-link', '--print-out-paths'] as const),
      ...['--file', '/opt/nixos-nspawn/test/fixtures/profile.nix'],
      ...['--argstr', 'name', 'chosen', '--argstr', 'generation', '3'],
      ...['--argstr', 'settings', '{"strategy":"none","autoStart":false}'],
    ]);
    const data = JSON.parse(await host().readFile(`${closure}/nixos-nspawn/data.json`)) as unknown;
    expect(data).to.have.property('activation').that.deep.include({ strategy: 'none', autoStart: false });
    expect(await host().readFile(`${closure}/init`)).to.include('hello from chosen generation 3');
  });

  it('can fail in the evaluation or in the build, or build slowly', async () => {
    const build = (attribute: string, timeout?: number) =>
      host().run(['nix', 'build', '--no-link', fixture(attribute)], {
        check: false,
        ...(timeout && { timeout }),
      });
    expect((await build('eval-fails')).stderr).to.include('the evaluation of this fixture fails on purpose');
    expect((await build('web-build-fails')).stderr).to.include(
      'the builder of this fixture fails on purpose',
    );

    const slow = host().spawn(['nix', 'build', '--no-link', fixture('slow-build')]);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(slow.hasEnded).to.equal(false);
    await slow.kill('SIGINT', { group: true });
    expect((await slow.outcome).code).not.to.equal(0);
  });

  it('change their page by a reload without a restart', async function () {
    this.timeout(300_000);
    await installByHand(host(), 'web');
    await start('web');
    const leader = () => host().ask(['machinectl', 'show', 'web', '--property=Leader', '--value']);
    const before = await leader();
    expect(await answers(host(), 'http://web/')).to.equal('hello from web generation 1');

    await installByHand(host(), 'web', 'web-2');
    await host().run(['systemctl', 'reload', service('web')]);
    expect(await host().ask(['curl', '-sS', 'http://web/'])).to.equal('hello from web generation 2');
    expect(await leader()).to.equal(before);

    // NixOS's links point to its toplevel. A switch changes only /run/current-system.
    const system = async (attribute: string) =>
      dirname(await host().ask(['readlink', `${await host().buildFixture(attribute)}/init`]));
    const link = (path: string) => host().ask(['readlink', `/proc/${before}/root${path}`]);
    expect(await link('/run/booted-system')).to.equal(await system('web'));
    expect(await link('/run/current-system')).to.equal(await system('web-2'));
    // The activation replaces /etc/localtime, and makes a directory immutable.
    expect(await link('/etc/localtime')).to.equal('/etc/zoneinfo/Antarctica/Troll');
    const empty = '/var/lib/machines/web/var/empty';
    expect((await host().ask(['lsattr', '-d', empty])).split(' ')[0]).to.include('i');

    // When the web server of the next configuration does not start, the reload fails.
    await installByHand(host(), 'web', 'web-broken');
    expect((await host().run(['systemctl', 'reload', service('web')], { check: false })).code).to.equal(1);
    await installByHand(host(), 'web', 'web-reload-fails');
    expect((await host().run(['systemctl', 'reload', service('web')], { check: false })).code).to.equal(1);

    // A reload of the old configuration then succeeds.
    await installByHand(host(), 'web', 'web');
    await host().run(['systemctl', 'reload', service('web')]);
    expect(await host().ask(['curl', '-sS', 'http://web/'])).to.equal('hello from web generation 1');
    await removeByHand(host(), 'web');
  });

  it('can boot with a failed unit (broken)', async function () {
    this.timeout(300_000);
    await installByHand(host(), 'broken');
    expect((await start('broken')).code).to.equal(0);
    const { stdout } = await inside('broken', 'systemctl', 'is-failed', 'web.service');
    expect(stdout).to.equal('failed\n');
    await removeByHand(host(), 'broken');
  });

  it('can never report that they are ready, until a timeout (never-ready)', async function () {
    this.timeout(300_000);
    await installByHand(host(), 'never-ready');
    expect((await start('never-ready')).code).to.equal(1);
    expect(await state('never-ready')).to.equal('failed');
    expect(await result('never-ready')).to.equal('timeout');
    await removeByHand(host(), 'never-ready');
  });

  it('can crash immediately (init-crash)', async () => {
    await installByHand(host(), 'init-crash');
    expect((await start('init-crash')).code).to.equal(1);
    expect(await state('init-crash')).to.equal('failed');
    await removeByHand(host(), 'init-crash');
  });

  it('can ignore a request to power off, until they are killed (stubborn)', async function () {
    this.timeout(300_000);
    await installByHand(host(), 'stubborn');
    await start('stubborn');
    await host().run(['machinectl', 'poweroff', 'stubborn']);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    expect(await state('stubborn')).to.equal('active');
    await host().run(['systemctl', 'kill', '--signal=KILL', service('stubborn')]);
    await removeByHand(host(), 'stubborn');
  });

  it('can run in a user namespace (userns) and in a zone (zoned)', async function () {
    this.timeout(300_000);
    for (const container of ['userns', 'zoned']) {
      await installByHand(host(), container);
      expect((await start(container)).code, container).to.equal(0);
      expect(await answers(host(), `http://${container}/`)).to.equal(`hello from ${container} generation 1`);
    }
    const map = await inside('userns', 'cat', '/proc/self/uid_map');
    expect(map.stdout.trim().split(/\s+/)[1]).not.to.equal('0');
    expect((await inside('userns', 'stat', '--format=%u', '/nix/store')).stdout).to.equal('0\n');
    expect(await host().ask(['networkctl', 'list', '--no-pager', '--no-legend', 'vz-test'])).to.include(
      'bridge',
    );
    for (const container of ['userns', 'zoned']) await removeByHand(host(), container);
  });

  it('can run at the same time, with dots and dashes in their names', async function () {
    this.timeout(300_000);
    const containers = ['dotted.name', 'dash-ed', 'many-01', 'many-02', 'many-03'];
    for (const container of containers) await installByHand(host(), container);
    await host().run(['systemctl', 'start', ...containers.map(service)]);
    const machines = JSON.parse(await host().ask(['machinectl', 'list', '--output=json'])) as {
      machine: string;
    }[];
    expect(machines.map(({ machine }) => machine)).to.have.members(containers);
    for (const container of containers) await removeByHand(host(), container);
  });
});
