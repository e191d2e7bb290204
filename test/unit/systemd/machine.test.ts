import { expect } from 'chai';
import { endMachine, resumeMachine, startMachine, stopMachine } from '../../../src/systemd/machine.js';
import { reloadMachine } from '../../../src/systemd/reload.js';
import { FakeCommands } from '../fake-commands.js';

const SERVICE = 'systemd-nspawn@web.service';
const LISTED = { stdout: '[{"machine":"web","class":"container"}]' };
const NONE = { stdout: '[]' };
const state = (name: string) => ({ stdout: `ActiveState=${name}\n` });
const FAILED = { exitCode: 1, stderr: 'Job failed.\n' };

describe('the power of a machine, as a talk with systemd', () => {
  let fake: FakeCommands;

  /** What was said that changes anything. */
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

  it('leaves a machine that does not run alone', async () => {
    await stopMachine('web', SERVICE);
    expect(await acts()).to.deep.equal([]);
  });

  it('asks for power-off and waits until machined has forgotten the machine too', async () => {
    await fake.answer('systemctl show', state('active'), state('deactivating'), state('inactive'));
    await fake.answer('machinectl list', LISTED, LISTED, NONE);
    await stopMachine('web', SERVICE);
    expect(await acts()).to.deep.equal(['machinectl poweroff web']);
  });

  it('ends a machine by force that does not power off in time', async () => {
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

  it('takes a machine that ended between the look and the call for stopped', async () => {
    await fake.answer('systemctl show', state('active'), state('inactive'));
    await fake.answer('machinectl list', LISTED, NONE);
    await fake.answer('machinectl poweroff', { exitCode: 1, stderr: "No machine 'web' known.\n" });
    await stopMachine('web', SERVICE);
    expect(await acts()).to.deep.equal(['machinectl poweroff web']);
  });

  it('leaves no failed unit behind, however the machine ended', async () => {
    await fake.answer('systemctl show', state('active'), state('failed'));
    await fake.answer('machinectl list', LISTED, NONE);
    await stopMachine('web', SERVICE);
    expect(await acts()).to.deep.equal(['machinectl poweroff web', `systemctl reset-failed ${SERVICE}`]);
  });

  it('stops the service of a machine that machined does not know, so that no restart of it comes', async () => {
    await fake.answer('systemctl show', state('activating'), { stdout: 'MainPID=0\n' }, state('inactive'));
    await endMachine('web', SERVICE);
    expect(await acts()).to.deep.equal([`systemctl stop --no-block ${SERVICE}`]);
  });

  it('thaws a frozen container before it ends it, so that nothing of it stays mounted', async () => {
    await fake.answer(
      'systemctl show',
      ...[state('active'), { stdout: 'MainPID=0\nFreezerState=frozen\n' }, state('inactive')],
    );
    await endMachine('web', SERVICE);
    expect(await acts()).to.deep.equal([`systemctl stop --no-block ${SERVICE}`, `systemctl thaw ${SERVICE}`]);
  });

  describe('the way back by a reload', () => {
    const exit = (status: number) => ({
      stdout: `ExecReload={ path=/bin/r ; argv[]=/bin/r ; code=exited ; status=${status} }\n`,
    });

    it('is done with a warning where units are failed', async () => {
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

    it('is a restart where the reload fails in any other way', async () => {
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

  describe('a start', () => {
    it('is one job of systemd, whatever it counts of earlier ones', async () => {
      await startMachine('web', SERVICE);
      expect(await acts()).to.deep.equal([`systemctl reset-failed ${SERVICE}`, `systemctl start ${SERVICE}`]);
    });

    it('is tried once more where machined still listed the earlier run', async () => {
      await fake.answer('systemctl start', FAILED, {});
      await fake.answer('systemctl show', state('failed'));
      await fake.answer('machinectl list', LISTED, LISTED, NONE);
      await startMachine('web', SERVICE);
      expect(await acts()).to.deep.equal([
        `systemctl reset-failed ${SERVICE}`,
        `systemctl start ${SERVICE}`,
        `systemctl start ${SERVICE}`,
      ]);
    });

    it('of a container that machined refuses to register ends it again, and is a failure', async () => {
      await fake.answer(
        'systemctl show',
        ...[state('active'), state('active'), { stdout: 'MainPID=0\n' }, state('inactive')],
      );
      expect(await failureOf(startMachine('web', SERVICE))).to.have.property('code', 'not-registered');
      expect(await acts()).to.deep.equal([
        `systemctl reset-failed ${SERVICE}`,
        `systemctl start ${SERVICE}`,
        `systemctl stop --no-block ${SERVICE}`,
      ]);
    });

    it('of a container that has ended by itself is no refusal', async () => {
      await fake.answer('systemctl show', state('inactive'));
      expect(await failureOf(startMachine('web', SERVICE))).to.equal(null);
    });

    it('that fails for its own reasons is not tried again', async () => {
      await fake.answer('systemctl start', FAILED);
      await fake.answer('systemctl show', state('failed'));
      expect(await failureOf(startMachine('web', SERVICE))).to.have.property('code', 'command-failed');
      expect(await acts()).to.deep.equal([`systemctl reset-failed ${SERVICE}`, `systemctl start ${SERVICE}`]);
    });
  });

  it('reloads a machine that still runs, and starts one that does not, on the way back', async () => {
    await fake.answer('systemctl show', state('active'));
    await resumeMachine('web', SERVICE);
    await fake.answer('systemctl show', state('failed'));
    await resumeMachine('web', SERVICE);
    await reloadMachine(SERVICE);
    expect(await acts()).to.deep.equal([
      `systemctl reload ${SERVICE}`,
      `systemctl reset-failed ${SERVICE}`,
      `systemctl restart ${SERVICE}`,
      `systemctl reload ${SERVICE}`,
    ]);
  });
});
