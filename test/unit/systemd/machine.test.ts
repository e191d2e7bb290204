import { expect } from 'chai';
import { endMachine, resumeMachine, startMachine, stopMachine } from '../../../src/systemd/machine.js';
import { reloadMachine } from '../../../src/systemd/reload.js';
import { FakeCommands } from '../fake-commands.js';

const SERVICE = 'systemd-nspawn@web.service';
const LISTED = { stdout: '[{"machine":"web","class":"container"}]' };
const NONE = { stdout: '[]' };
const state = (name: string) => ({ stdout: `ActiveState=${name}\n` });
const FAILED = { exitCode: 1, stderr: 'Job failed.\n' };

describe('starting and stopping a machine', () => {
  let fake: FakeCommands;

  /** The commands that change something. */
  const acts = async () =>
    (await fake.lines()).filter((line) => !/^(systemctl show|machinectl list) /.test(line));

  const failureOf = (act: Promise<void>) =>
    act.then(
      () => null,
      (error: unknown) => error,
    );

  beforeEach(async () => {
    fake = await FakeCommands.install('systemctl', 'machinectl');
    await fake.answer('machinectl list', NONE);
    await fake.answer('systemctl show', state('inactive'));
  });

  afterEach(() => fake.uninstall());

  it('does nothing to stop a machine that does not run', async () => {
    await stopMachine('web', SERVICE);
    expect(await acts()).to.deep.equal([]);
  });

  it('powers off a machine and waits until machined no longer lists it', async () => {
    await fake.answer('systemctl show', state('active'), state('deactivating'), state('inactive'));
    await fake.answer('machinectl list', LISTED, LISTED, NONE);
    await stopMachine('web', SERVICE);
    expect(await acts()).to.deep.equal(['machinectl poweroff web']);
  });

  it('stops the service of a machine that does not power off in time', async () => {
    const told: string[] = [];
    await fake.answer(
      'systemctl show',
      ...[state('active'), state('active'), state('active'), { stdout: 'MainPID=0\n' }, state('inactive')],
    );
    await fake.answer('machinectl list', LISTED, NONE);
    await stopMachine('web', SERVICE, { patience: 0, progress: (text) => told.push(text) });
    expect(await acts()).to.deep.equal(['machinectl poweroff web', `systemctl stop --no-block ${SERVICE}`]);
    expect(told).to.deep.equal(['asked it to power off', 'still running after 0 s; killing it']);
  });

  it('succeeds if the machine ended before it could be powered off', async () => {
    await fake.answer('systemctl show', state('inactive'));
    await fake.answer('machinectl list', LISTED, NONE);
    await fake.answer('machinectl poweroff', { exitCode: 1, stderr: "No machine 'web' known.\n" });
    await stopMachine('web', SERVICE);
    expect(await acts()).to.deep.equal(['machinectl poweroff web']);
  });

  it('leaves no failed unit after the machine ended', async () => {
    await fake.answer('systemctl show', state('deactivating'), state('failed'));
    await fake.answer('machinectl list', LISTED, NONE);
    await stopMachine('web', SERVICE);
    expect(await acts()).to.deep.equal(['machinectl poweroff web', `systemctl reset-failed ${SERVICE}`]);
  });

  it('stops the service of a machine that machined does not know, so that it does not restart', async () => {
    await fake.answer('systemctl show', state('activating'), { stdout: 'MainPID=0\n' }, state('inactive'));
    await endMachine('web', SERVICE);
    expect(await acts()).to.deep.equal([`systemctl stop --no-block ${SERVICE}`]);
  });

  it('thaws a frozen container that is stopped, so that it leaves no mounts', async () => {
    await fake.answer(
      'systemctl show',
      ...[state('active'), { stdout: 'MainPID=0\nFreezerState=frozen\n' }, state('inactive')],
    );
    await endMachine('web', SERVICE);
    expect(await acts()).to.deep.equal([`systemctl stop --no-block ${SERVICE}`, `systemctl thaw ${SERVICE}`]);
  });

  describe('when a reload restores the earlier generation', () => {
    const exit = (status: number) => ({
      stdout: `ExecReload={ path=/bin/r ; argv[]=/bin/r ; code=exited ; status=${status} }\n`,
    });

    it('warns if units failed', async () => {
      const told: string[] = [];
      await fake.answer('systemctl show', state('active'), exit(4));
      await fake.answer('systemctl reload', FAILED);
      await fake.answer('systemctl --machine=web', {
        stdout: '[{"unit":"old.service","active":"failed"},{"unit":"new.service","active":"failed"}]',
      });
      await resumeMachine('web', SERVICE, ['old.service'], (text) => told.push(text));
      expect(told).to.deep.equal(["These units of 'web' failed during the undo: new.service."]);
      expect(await acts()).to.include('systemctl --machine=web reset-failed new.service');
      expect(await acts()).not.to.include(`systemctl restart ${SERVICE}`);
    });

    it('restarts the machine if the reload fails in any other way', async () => {
      const told: string[] = [];
      await fake.answer(
        'systemctl show',
        state('active'),
        exit(203),
        { stdout: 'MainPID=0\n' },
        state('active'),
      );
      await fake.answer('systemctl reload', FAILED);
      await fake.answer('machinectl list', LISTED);
      await resumeMachine('web', SERVICE, null, (text) => told.push(text));
      expect(told).to.have.lengthOf(1);
      expect(await acts()).to.include(`systemctl restart ${SERVICE}`);
    });
  });

  describe('when a machine is started', () => {
    it('resets the counter of earlier starts if systemd refuses the start because of it', async () => {
      await fake.answer('systemctl start', FAILED, {});
      await fake.answer('machinectl list', NONE, LISTED);
      await fake.answer('systemctl show', { stdout: 'ActiveState=failed\nResult=start-limit-hit\n' });
      await startMachine('web', SERVICE);
      expect(await acts()).to.deep.equal([
        `systemctl start ${SERVICE}`,
        `systemctl reset-failed ${SERVICE}`,
        `systemctl start ${SERVICE}`,
      ]);
    });

    it('tries again if machined still listed the earlier run', async () => {
      await fake.answer('systemctl start', FAILED, {});
      await fake.answer('systemctl show', state('failed'));
      await fake.answer('machinectl list', LISTED, LISTED, NONE);
      await startMachine('web', SERVICE);
      expect(await acts()).to.deep.equal([`systemctl start ${SERVICE}`, `systemctl start ${SERVICE}`]);
    });

    it('fails and stops the machine if machined refuses to register it', async () => {
      await fake.answer(
        'systemctl show',
        ...[state('active'), state('active'), { stdout: 'MainPID=0\n' }, state('inactive')],
      );
      expect(await failureOf(startMachine('web', SERVICE))).to.have.property('code', 'not-registered');
      expect(await acts()).to.deep.equal([
        `systemctl start ${SERVICE}`,
        `systemctl stop --no-block ${SERVICE}`,
      ]);
    });

    it('succeeds if the machine ended by itself', async () => {
      await fake.answer('systemctl show', state('inactive'));
      expect(await failureOf(startMachine('web', SERVICE))).to.equal(null);
    });

    it('does not try again if the start fails for another reason', async () => {
      await fake.answer('systemctl start', FAILED);
      await fake.answer('systemctl show', state('failed'));
      expect(await failureOf(startMachine('web', SERVICE))).to.have.property('code', 'command-failed');
      expect(await acts()).to.deep.equal([`systemctl start ${SERVICE}`]);
    });
  });

  it('restores a running machine by a reload, and a stopped one by a restart', async () => {
    await fake.answer('systemctl show', state('active'));
    await resumeMachine('web', SERVICE);
    await fake.answer('systemctl show', state('failed'));
    await resumeMachine('web', SERVICE);
    await reloadMachine(SERVICE);
    expect(await acts()).to.deep.equal([
      `systemctl reload ${SERVICE}`,
      `systemctl restart ${SERVICE}`,
      `systemctl reload ${SERVICE}`,
    ]);
  });
});
