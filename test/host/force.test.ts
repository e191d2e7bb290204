import { expect } from 'chai';
import { waitFor } from './host.js';
import { describeOnHost } from './suite.js';
import { errorOf, flakeOf, Tool } from './tool.js';

const SERVICE = 'systemd-nspawn@stubborn.service';

describeOnHost('containers that do not power off', 'force', (host) => {
  const tool = () => new Tool(host());
  const supervisor = () => host().ask(['systemctl', 'show', '--property=MainPID', '--value', SERVICE]);
  const isMounted = async () =>
    (await host().readFile('/proc/1/mountinfo')).includes('/run/systemd/nspawn/unix-export/stubborn ');
  /** Since version 258, ExecStopPost= of the template cleans up after a killed systemd-nspawn. */
  const unitCleansUp = async () =>
    (await host().ask(['systemctl', 'cat', SERVICE])).includes('ExecStopPost=systemd-nspawn --cleanup');
  /** Kills systemd-nspawn itself, as the kernel does if memory is short. */
  const killSupervisor = async () => {
    await host().run(['kill', '-KILL', await supervisor()]);
    await waitFor('its service to fail', async () => {
      const { stdout } = await host().run(['systemctl', 'is-failed', SERVICE], { check: false });
      return stdout.trim() === 'failed';
    });
    expect(await isMounted()).to.equal(!(await unitCleansUp()));
  };
  const seconds = async (act: () => Promise<unknown>) => {
    const started = performance.now();
    await act();
    return (performance.now() - started) / 1000;
  };

  before(async function () {
    this.timeout(300_000);
    await tool().create('stubborn');
  });

  it('are stopped soon after the time limit of stop, and can start again', async function () {
    this.timeout(300_000);
    expect(await seconds(() => tool().get(['stop', 'stubborn', '--timeout', '3']))).to.be.within(3, 15);
    expect(await host().ask(['systemctl', 'list-units', '--failed', '--no-legend'])).to.equal('');
    await tool().get(['start', 'stubborn']);
  });

  it('are ended immediately by kill, even if they are frozen', async function () {
    this.timeout(300_000);
    for (const prepare of [['true'], ['systemctl', 'freeze', SERVICE]] as const) {
      await host().run(prepare);
      expect(await seconds(() => tool().get(['kill', 'stubborn']))).to.be.lessThan(12);
      expect(await isMounted()).to.equal(false);
      await tool().get(['start', 'stubborn']);
    }
  });

  it('can start again after systemd-nspawn was killed, and can be removed completely', async function () {
    this.timeout(300_000);
    await killSupervisor();
    await tool().get(['start', 'stubborn']);

    // An update that starts the container succeeds too.
    await killSupervisor();
    const { code } = await tool().update('stubborn', 'stubborn', '--start', '--force');
    expect(code).to.equal(0);

    await killSupervisor();
    await tool().get(['remove', 'stubborn', '--delete-state']);
    expect(await isMounted()).to.equal(false);
    await tool().create('stubborn');
  });

  it('report which unit of the host prevents a start: a mount or a dependency of it', async function () {
    this.timeout(300_000);
    const unit = (name: string, text: string) => host().writeFile(`/etc/systemd/system/${name}`, text);
    await tool().get(['stop', 'stubborn', '--timeout', '1']);
    await unit('mnt-disk.mount', '[Mount]\nWhat=/srv/no-such-disk\nWhere=/mnt/disk\nType=ext4\n');
    await unit(`${SERVICE}.d/override.conf`, '[Unit]\nRequiresMountsFor=/mnt/disk/data\n');
    await host().run(['systemctl', 'daemon-reload']);
    expect(await refusal()).to.include("it needs 'mnt-disk.mount' (/mnt/disk), which failed (exit-code)");

    await unit('unlock.service', '[Service]\nType=oneshot\nExecStart=/bin/false\n');
    await unit('mnt-disk.mount.d/needs.conf', '[Unit]\nRequires=unlock.service\nAfter=unlock.service\n');
    await host().run(['systemctl', 'daemon-reload']);
    await host().run(['systemctl', 'reset-failed']);
    expect(await refusal()).to.include("it needs 'unlock.service', which failed (exit-code)");

    await host().run([
      'sh',
      '-c',
      `cd /etc/systemd/system && rm -r mnt-disk.mount mnt-disk.mount.d unlock.service ${SERVICE}.d/override.conf`,
    ]);
    await host().run(['systemctl', 'daemon-reload']);
    await host().run(['systemctl', 'reset-failed']);
    await tool().get(['start', 'stubborn']);
  });

  it('do not report a unit of the host that succeeded and ended', async () => {
    const place = '/etc/systemd/system';
    const dropIn = `${place}/systemd-nspawn@init-crash.service.d`;
    await host().writeFile(`${place}/setup.service`, '[Service]\nType=oneshot\nExecStart=/bin/true\n');
    await host().writeFile(
      `${dropIn}/override.conf`,
      '[Unit]\nRequires=setup.service\nAfter=setup.service\n',
    );
    await host().run(['systemctl', 'daemon-reload']);
    const error = await tool().fail(11, ['create', 'init-crash', '--flake', flakeOf('init-crash')]);
    expect(error).to.include({ code: 'not-started' });
    await host().run(['rm', '-r', `${place}/setup.service`, dropIn]);
    await host().run(['systemctl', 'daemon-reload']);
  });

  async function refusal(): Promise<string> {
    const { code, document } = await tool().ask<{ error: { code: string; message: string } }[]>([
      'start',
      'stubborn',
    ]);
    expect(code).to.equal(11);
    expect(document[0]?.error.code).to.equal('host-prevented-start');
    return document[0]?.error.message ?? '';
  }

  it('keep a new generation if only the host prevents its start', async function () {
    this.timeout(300_000);
    await tool().get(['kill', 'stubborn']);
    await host().run(['systemctl', 'mask', '--runtime', SERVICE]);
    const answer = await tool().update('stubborn', 'stubborn', '--start', '--force');
    expect(answer.code).to.equal(11);
    expect(errorOf(answer)).to.deep.include({ code: 'host-prevented-start', kept: true });
    await host().run(['systemctl', 'unmask', '--runtime', SERVICE]);
    await tool().get(['start', 'stubborn']);
    await tool().get(['kill', 'stubborn']);
    await tool().get(['remove', 'stubborn', '--delete-state']);
  });
});
