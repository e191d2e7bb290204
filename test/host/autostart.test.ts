import { expect } from 'chai';
import { builtProfile } from './built-profile.js';
import { answers } from './by-hand.js';
import { waitFor } from './host.js';
import { describeOnHost } from './suite.js';
import { type Document, errorOf, Tool } from './tool.js';

const UNIT = 'nixos-nspawn-autostart.service';
const UNIT_FILE = `/etc/systemd/system/${UNIT}`;
const serviceOf = (name: string) => `systemd-nspawn@${name}.service`;
const unitLink = (name: string) => `/etc/systemd/nspawn/${name}.nspawn`;
const dropInOf = (name: string) => `/etc/systemd/system/${serviceOf(name)}.d/50-nixos-nspawn.conf`;
const runtimeDropInOf = (name: string) => `/run/systemd/system/${serviceOf(name)}.d/override.conf`;
const NETWORK_LINK = '/etc/systemd/network/20-ve-web.network';

/** The containers that start at boot. `plain` does not. */
const AUTOSTARTED = ['many-01', 'many-02', 'many-03', 'web'];

describeOnHost('autostart', 'autostart', (host) => {
  const tool = () => new Tool(host());

  /** Builds a fixture container with these settings. */
  const build = (name: string, settings: object) => builtProfile(host(), name, settings);

  const show = async (name: string, property: string) =>
    host().ask(['systemctl', 'show', `--property=${property}`, '--value', serviceOf(name)]);

  const states = async () =>
    Object.fromEntries((await tool().get<Document[]>(['list'])).map(({ name, state }) => [name, state]));

  /** The greatest number of these containers that were starting at the same time. */
  const startedAtOnce = async (names: readonly string[]) => {
    const spans = await Promise.all(
      names.map(async (name) => ({
        from: Number(await show(name, 'InactiveExitTimestampMonotonic')),
        to: Number(await show(name, 'ActiveEnterTimestampMonotonic')),
      })),
    );
    return Math.max(
      ...spans.map(({ from }) => spans.filter((span) => span.from <= from && from < span.to).length),
    );
  };

  /** Gives a container a generation that does not start. */
  const breakIt = async (name: string) =>
    tool().get(['update', name, '--profile', await build(name, { generation: 2, trouble: 'init-crash' })]);

  before(async function () {
    this.timeout(300_000);
    await Promise.all([
      ...AUTOSTARTED.map((name) => tool().create(name)),
      tool().get(['create', 'plain', '--profile', await build('plain', { autoStart: false })]),
    ]);
    await tool().get(['stop', '--all']);
    // Files that a reboot or another tool may delete.
    await host().run(['rm', unitLink('many-01'), NETWORK_LINK]);
    await host().run(['rm', '-r', `/etc/systemd/system/${serviceOf('many-02')}.d`]);
  });

  it('with --dry-run, reports what it would start and restore and changes nothing', async () => {
    const before = await host().snapshot();
    const preview = await tool().get<Document[]>(['autostart', '--dry-run']);
    expect(preview.map(({ name, would_restore }) => [name, would_restore])).to.deep.equal([
      ['many-01', [unitLink('many-01')]],
      ['many-02', [dropInOf('many-02')]],
      ['many-03', []],
      ['web', [NETWORK_LINK]],
    ]);
    expect(await host().changesSince(before)).to.deep.equal([]);
  });

  it('starts --jobs containers at a time, even if one fails three times, which the exit code reports', async () => {
    await breakIt('many-03');
    const { code, document } = await tool().ask<Document[]>(['autostart', '--jobs', '2']);
    expect(code).to.equal(11);
    expect(
      document.map(({ name, started, tries, restored }) => [name, started, tries, restored]),
    ).to.deep.equal([
      ['many-01', true, 1, [unitLink('many-01')]],
      ['many-02', true, 1, [dropInOf('many-02')]],
      ['many-03', false, 3, []],
      ['web', true, 1, [NETWORK_LINK]],
    ]);
    expect(errorOf({ code, document: document[2], stderr: '' })).to.include({
      code: 'not-started',
      name: 'many-03',
      exit_code: 11,
    });
    expect(await states()).to.deep.equal({
      'many-01': 'running',
      'many-02': 'running',
      'many-03': 'stopped',
      plain: 'stopped',
      web: 'running',
    });
    expect(await startedAtOnce(['many-01', 'many-02', 'web'])).to.equal(2);
    expect(await show('many-02', 'DropInPaths')).to.include(dropInOf('many-02'));
    expect(await answers(host(), 'http://web/')).to.equal('hello from web generation 1');
  });

  it('prints the last log lines of containers that failed', async () => {
    await breakIt('many-03');
    // Starts the others, unless they run.
    await tool().ask(['autostart']);
    const { code, stdout, stderr } = await host().run(['nixos-nspawn', 'autostart'], { check: false });
    expect(code).to.equal(11);
    expect(stdout).to.equal('Started 0 of 1 containers.\n');
    expect(stderr).to.include("Container 'many-03' did not start.");
    expect(stderr).to.include('the init of many-03 crashes');
  });

  it('starts one container after the other with --jobs 1, and nothing if all are running', async () => {
    await tool().get(['rollback', 'many-03', '--to', '1']);
    await tool().get(['stop', '--all']);
    const entries = await tool().get<Document[]>(['autostart', '--jobs', '1']);
    expect(entries.map(({ name, started }) => [name, started])).to.deep.equal(
      AUTOSTARTED.map((name) => [name, true]),
    );
    expect(await startedAtOnce(AUTOSTARTED)).to.equal(1);
    expect(await tool().get(['autostart'])).to.deep.equal([]);
  });

  describe('at boot, without a NixOS module', () => {
    const install = () => tool().get(['autostart', '--install', '--jobs', '2']);

    before(async () => {
      await tool().get(['rollback', 'many-03', '--to', '1']);
      // Restores the files of all containers.
      await tool().get(['autostart']);
    });

    it('is installed once by --install', async () => {
      const installed = await install();
      expect(installed).to.deep.equal({ unit: UNIT, path: UNIT_FILE, installed: true, changed: true });
      expect(await host().ask(['systemctl', 'is-enabled', UNIT])).to.equal('enabled');
      const { stderr } = await host().run(['systemd-analyze', 'verify', UNIT_FILE]);
      expect(stderr).not.to.include(UNIT);
      expect(await install()).to.have.property('changed', false);
    });

    it('starts all containers after a reboot, with the drop-in of one that the Python tool created', async function () {
      this.timeout(180_000);
      await install();
      // The Python tool's drop-in is a copy in /run, which a reboot empties.
      const text = await host().readFile(dropInOf('many-02'));
      await host().writeFile(runtimeDropInOf('many-02'), text);
      await host().run(['rm', '-r', `/etc/systemd/system/${serviceOf('many-02')}.d`]);
      await host().reboot();
      await waitFor('autostart to be done', async () => {
        const { stdout } = await host().run(['systemctl', 'is-active', UNIT], { check: false });
        return stdout.trim() === 'active';
      });
      expect(await states()).to.deep.equal({
        ...Object.fromEntries(AUTOSTARTED.map((name) => [name, 'running'])),
        plain: 'stopped',
      });
      for (const name of AUTOSTARTED) {
        expect(await show(name, 'DropInPaths'), name).to.include(dropInOf(name));
      }
      expect(await startedAtOnce(AUTOSTARTED)).to.be.at.most(2);
      expect(await answers(host(), 'http://web/')).to.equal('hello from web generation 1');
    });

    it('is removed by --uninstall, while the containers keep running', async () => {
      await install();
      const gone = await tool().get(['autostart', '--uninstall']);
      expect(gone).to.deep.equal({ unit: UNIT, path: UNIT_FILE, installed: false, changed: true });
      expect(await host().has(UNIT_FILE)).to.equal(false);
      expect(await host().has(`/etc/systemd/system/multi-user.target.wants/${UNIT}`)).to.equal(false);
      expect((await states()).web).to.equal('running');
      expect(await tool().get(['autostart', '--uninstall'])).to.have.property('changed', false);
    });

    it('is refused if the unit is not its own or the host is a NixOS', async () => {
      await host().writeFile(UNIT_FILE, '[Service]\nExecStart=true\n');
      expect(await tool().fail(5, ['autostart', '--install'])).to.have.property('code', 'path-in-the-way');
      await host().writeFile('/etc/NIXOS', '');
      expect(await tool().fail(10, ['autostart', '--install'])).to.have.property(
        'code',
        'autostart-of-nixos',
      );
      expect(await host().readFile(UNIT_FILE)).to.equal('[Service]\nExecStart=true\n');
    });
  });
});
