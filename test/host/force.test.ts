import { expect } from 'chai';
import { waitFor } from './host.js';
import { describeOnHost } from './suite.js';
import { errorOf, Tool } from './tool.js';

const SERVICE = 'systemd-nspawn@stubborn.service';

describeOnHost('containers that end by force', 'force', (host) => {
  const tool = () => new Tool(host());
  const supervisor = () => host().ask(['systemctl', 'show', '--property=MainPID', '--value', SERVICE]);
  const isMounted = async () =>
    (await host().readFile('/proc/1/mountinfo')).includes('/run/systemd/nspawn/unix-export/stubborn ');
  /** Ends systemd-nspawn itself, as the kernel does where memory is short. */
  const killSupervisor = async () => {
    await host().run(['kill', '-KILL', await supervisor()]);
    await waitFor('its service to fail', async () => {
      const { stdout } = await host().run(['systemctl', 'is-failed', SERVICE], { check: false });
      return stdout.trim() === 'failed';
    });
    expect(await isMounted()).to.equal(true);
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

  it('are gone soon after the time limit of a stop, and start again', async function () {
    this.timeout(300_000);
    expect(await seconds(() => tool().get(['stop', 'stubborn', '--timeout', '3']))).to.be.within(3, 15);
    expect(await host().ask(['systemctl', 'list-units', '--failed', '--no-legend'])).to.equal('');
    await tool().get(['start', 'stubborn']);
  });

  it('are killed without being asked, also while they are frozen', async function () {
    this.timeout(300_000);
    for (const prepare of [['true'], ['systemctl', 'freeze', SERVICE]] as const) {
      await host().run(prepare);
      expect(await seconds(() => tool().get(['kill', 'stubborn']))).to.be.lessThan(12);
      expect(await isMounted()).to.equal(false);
      await tool().get(['start', 'stubborn']);
    }
  });

  it('start again after systemd-nspawn was killed, and leave nothing when they are removed', async function () {
    this.timeout(300_000);
    await killSupervisor();
    await tool().get(['start', 'stubborn']);

    // An update that starts it is not the one to blame either.
    await killSupervisor();
    const { code } = await tool().update('stubborn', 'stubborn', '--start', '--force');
    expect(code).to.equal(0);

    await killSupervisor();
    await tool().get(['remove', 'stubborn', '--delete-state']);
    expect(await isMounted()).to.equal(false);
    await tool().create('stubborn');
  });

  it('keep a new generation that the host alone keeps from starting', async function () {
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
