import { dirname } from 'node:path';
import { expect } from 'chai';
import { answers } from './by-hand.js';
import { describeOnHost } from './suite.js';
import { type Document, errorOf, Tool } from './tool.js';

const PROFILE = '/nix/var/nix/profiles/per-nspawn/web/system';
const RUNTIME_DROP_IN = '/run/systemd/system/systemd-nspawn@web.service.d/override.conf';
const DROP_IN = '/etc/systemd/system/systemd-nspawn@web.service.d/50-nixos-nspawn.conf';

describeOnHost('a container that the Python tool created', 'python-tool', (host) => {
  const tool = () => new Tool(host());

  /** Creates its files: links into the profile, the drop-in as a copy in /run, and no record. */
  before(async function () {
    this.timeout(300_000);
    const closures = [await host().buildFixture('web'), await host().buildFixture('web-2')];
    await host().run([
      'mkdir',
      '-p',
      '/nix/var/nix/profiles/per-nspawn/web',
      '/etc/systemd/nspawn',
      '/etc/systemd/network',
    ]);
    for (const closure of closures) await host().run(['nix-env', '--profile', PROFILE, '--set', closure]);
    const link = (file: string, directory: string) =>
      host().run(['ln', '-s', `${PROFILE}/nixos-nspawn/${file}`, `${directory}/${file}`]);
    await link('web.nspawn', '/etc/systemd/nspawn');
    await link('20-ve-web.network', '/etc/systemd/network');
    await host().writeFile(
      RUNTIME_DROP_IN,
      await host().readFile(`${PROFILE}/nixos-nspawn/service-overrides.conf`),
    );
    await host().run(['mkdir', '-p', '/var/lib/machines/web/etc', '/var/lib/machines/web/usr']);
    await host().run(['touch', '/var/lib/machines/web/etc/os-release']);
    await host().run(['systemctl', 'daemon-reload']);
    await host().run(['networkctl', 'reload']);
    await host().run(['machinectl', 'start', 'web']);
  });

  it('is listed like any other', async () => {
    const [container] = await tool().get<Document[]>(['list']);
    expect(container).to.deep.include({
      name: 'web',
      is_imperative: true,
      state: 'running',
      generation: 2,
      problem: null,
    });
  });

  it('causes no finding of doctor, except that the Python tool links the file for systemd before 261', async () => {
    const { document } = await tool().ask<{ findings: { id: string; container: string | null }[] }>([
      'doctor',
    ]);
    const ids = document.findings.filter(({ container }) => container !== null).map(({ id }) => id);
    expect(ids).to.deep.equal((await host().systemd()) < 261 ? [] : ['other-systemd']);
  });

  it('is not listed for another directory of unit files', async () => {
    await host().run(['mkdir', '/srv/units']);
    for (const verb of ['list', 'status'])
      expect(await tool().get([verb, '--unit-file-dir', '/srv/units']), verb).to.deep.equal([]);
  });

  it('can be rolled back without a record', async () => {
    const back = await tool().get(['rollback', 'web']);
    expect(back).to.deep.include({ generation: 1, state: 'running' });
    expect(await answers(host(), 'http://web/')).to.equal('hello from web generation 1');
  });

  it('can be updated from a given source, and then has a drop-in that survives a reboot', async () => {
    const unknown = await tool().ask(['update', 'web']);
    expect(errorOf(unknown)).to.have.property('code', 'no-stored-source');
    const { code, document } = await tool().update('web', 'web-3');
    expect([code, document.generation]).to.deep.equal([0, 3]);
    expect(await answers(host(), 'http://web/')).to.equal('hello from web generation 3');
    expect([await host().has(DROP_IN), await host().has(RUNTIME_DROP_IN)]).to.deep.equal([true, false]);
    expect((await tool().get(['update', 'web'])).changed).to.equal(false);
  });

  it('can be removed completely, with its state on request', async () => {
    // Again with the files of the Python tool after its own update: the drop-in in /run, no record.
    const text = await host().readFile(`${PROFILE}/nixos-nspawn/service-overrides.conf`);
    await host().run(['rm', '-rf', dirname(DROP_IN), '/var/lib/nixos-nspawn/containers/web.json']);
    await host().writeFile(RUNTIME_DROP_IN, text);
    await host().run(['systemctl', 'daemon-reload']);
    expect(await tool().get(['remove', 'web', '--delete-state'])).to.include({
      removed: true,
      state_deleted: true,
    });
    const left = await host().ask(
      [
        'find',
        ...['/etc/systemd', '/run/systemd/system', '/nix/var/nix/profiles', '/nix/var/nix/gcroots'],
        ...['/var/lib/machines', '/var/lib/nixos-nspawn'],
        ...['-name', '*web*', '-print'],
      ],
      { check: false },
    );
    expect(left).to.equal('');
    expect(await host().ask(['machinectl', 'list', '--no-legend'])).to.equal('');
    expect(await tool().get(['list'])).to.deep.equal([]);
  });
});
