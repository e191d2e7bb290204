import { expect } from 'chai';
import { forgetNeighbour } from '../../../src/host/neighbours.js';
import { reconfigureLink } from '../../../src/systemd/container-network.js';
import {
  failedUnits,
  killUnitInside,
  resetFailedInside,
  showUnitInside,
} from '../../../src/systemd/inside.js';
import { journalArgv, unitJournal } from '../../../src/systemd/journalctl.js';
import { machinesByCommand } from '../../../src/systemd/machinectl.js';
import { deleteLink, reloadNetworks } from '../../../src/systemd/networkctl.js';
import { listMachines, machineLeader, powerOff } from '../../../src/systemd/registered-machines.js';
import {
  daemonReload,
  reloadUnit,
  resetFailed,
  restartUnit,
  showUnit,
  showUnits,
  startUnit,
  stopUnitSoon,
} from '../../../src/systemd/systemctl.js';
import { transientArgv } from '../../../src/systemd/systemd-run.js';
import { disableUnit, enableUnit } from '../../../src/systemd/unit-files.js';
import { unitStates } from '../../../src/systemd/unit-states.js';
import { systemdVersion } from '../../../src/systemd/version.js';
import { FakeCommands } from '../fake-commands.js';

const SERVICE = 'systemd-nspawn@web.service';

describe('the exact systemd commands', () => {
  let fake: FakeCommands;

  beforeEach(async () => {
    fake = await FakeCommands.install('systemctl', 'machinectl', 'networkctl', 'journalctl', 'busctl', 'ip');
  });

  afterEach(() => fake.uninstall());

  it('act on a unit with one call', async () => {
    await daemonReload();
    await startUnit(SERVICE);
    await stopUnitSoon(SERVICE);
    await restartUnit(SERVICE);
    await reloadUnit(SERVICE);
    await resetFailed(SERVICE);
    await enableUnit('x.service');
    await disableUnit('x.service');
    expect(await fake.lines()).to.deep.equal([
      'systemctl daemon-reload',
      `systemctl start ${SERVICE}`,
      `systemctl stop --no-block ${SERVICE}`,
      `systemctl restart ${SERVICE}`,
      `systemctl reload ${SERVICE}`,
      `systemctl reset-failed ${SERVICE}`,
      'systemctl enable --quiet x.service',
      'systemctl disable --quiet --now x.service',
    ]);
  });

  it('fail with their argv, exit code and output, except reset-failed of a unit that is not loaded', async () => {
    await fake.answer('systemctl', { exitCode: 1, stderr: 'Job for it failed.\n' });
    const failure = await startUnit(SERVICE).then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).to.have.property('code', 'command-failed');
    expect(failure)
      .to.have.property('details')
      .that.deep.includes({
        argv: ['systemctl', 'start', SERVICE],
        command_exit_code: 1,
        stderr: 'Job for it failed.\n',
      });
    await resetFailed(SERVICE);
  });

  it('read the version of systemd on any distribution', async () => {
    const versions: number[] = [];
    for (const text of ['systemd 257 (257.13-1~deb13u1)\n+PAM', 'systemd 260~rc1 (260~rc1)\n', 'nonsense']) {
      await fake.answer('systemctl --version', { stdout: text });
      versions.push(await systemdVersion());
    }
    expect(versions).to.deep.equal([257, 260, 0]);
  });

  it('read properties, whose values may contain anything except newlines', async () => {
    await fake.answer('systemctl show', { stdout: 'ActiveState=active\nEnvironment=A=1 B=2\nEmpty=\n' });
    const shown = await showUnit(SERVICE, ['ActiveState', 'Environment', 'Empty']);
    expect([...shown]).to.deep.equal([
      ['ActiveState', 'active'],
      ['Environment', 'A=1 B=2'],
      ['Empty', ''],
    ]);
    expect(await fake.lines()).to.deep.equal([
      `systemctl show ${SERVICE} --property=ActiveState,Environment,Empty`,
    ]);
  });

  it('read properties of many units with one call, and none for no unit', async () => {
    await fake.answer('systemctl show', { stdout: 'ActiveState=active\n\nActiveState=failed\n' });
    const shown = await showUnits(['a.service', 'b.service'], ['ActiveState']);
    expect(shown.map((unit) => unit.get('ActiveState'))).to.deep.equal(['active', 'failed']);
    expect(await showUnits([], ['ActiveState'])).to.deep.equal([]);
    expect(await fake.lines()).to.deep.equal([
      'systemctl show --timestamp=unix --property=ActiveState -- a.service b.service',
    ]);
  });

  it('read the states of many units with one call', async () => {
    await fake.answer('systemctl show', {
      stdout:
        'Id=a.service\nLoadState=loaded\nActiveState=active\nInvocationID=0a1b\n\nLoadState=not-found\nActiveState=inactive\nId=b.service\n',
    });
    expect([...(await unitStates(['a.service', 'b.service']))]).to.deep.equal([
      ['a.service', { load: 'loaded', active: 'active', invocation: '0a1b' }],
      ['b.service', { load: 'not-found', active: 'inactive', invocation: '' }],
    ]);
    expect(await fake.lines()).to.deep.equal([
      'systemctl show --property=Id,LoadState,ActiveState,InvocationID -- a.service b.service',
    ]);
  });

  describe('with machinectl', () => {
    it('list containers with all addresses, in the formats of all versions', async () => {
      await fake.answer('machinectl list', {
        stdout: JSON.stringify([
          { machine: '.host', class: 'host', service: '', addresses: null },
          {
            machine: 'web',
            class: 'container',
            service: 'systemd-nspawn',
            addresses: '192.168.1.2\nfe80::1%ve-web',
          },
          { machine: 'db', class: 'container', service: null, addresses: ['fd12::1', 'no address'] },
          { machine: 'new', class: 'container', addresses: null },
          { machine: 'vm', class: 'vm', service: 'libvirt', addresses: null },
        ]),
      });
      expect(await machinesByCommand()).to.deep.equal([
        {
          name: 'web',
          service: 'systemd-nspawn',
          addresses: ['192.168.1.2', 'fe80::1%ve-web'],
          isRegistered: true,
        },
        { name: 'db', service: null, addresses: ['fd12::1'], isRegistered: true },
        { name: 'new', service: null, addresses: [], isRegistered: true },
      ]);
      expect(await fake.lines()).to.deep.equal(['machinectl list --max-addresses=all --output=json']);
    });

    it('find no machine if the output is text instead of JSON', async () => {
      await fake.answer('machinectl list', { stdout: 'No machines.\n' });
      expect(await listMachines()).to.deep.equal([]);
      expect(await machineLeader('web')).to.equal(null);
    });

    it('read the leaders of all machines with one more call; a machine that ended has none', async () => {
      const machine = (name: string) => ({ machine: name, class: 'container' });
      await fake.answer('machinectl list', { stdout: JSON.stringify([machine('db'), machine('web')]) });
      await fake.answer('machinectl show', { stdout: 'Name=web\nLeader=4711\n', exitCode: 1 });
      expect((await listMachines()).map(({ name, leader }) => [name, leader])).to.deep.equal([
        ['db', null],
        ['web', 4711],
      ]);
      expect(await fake.lines()).to.deep.equal([
        'machinectl list --max-addresses=all --output=json',
        'machinectl show --property=Name --property=Leader -- db web',
      ]);
    });

    it('power off a container', async () => {
      await powerOff('web');
      expect(await fake.lines()).to.deep.equal(['machinectl poweroff web']);
    });
  });

  it('delete a network device only if it exists', async () => {
    await reloadNetworks();
    await deleteLink('no-such-link');
    await deleteLink('lo');
    expect(await fake.lines()).to.deep.equal(['networkctl reload', 'networkctl delete lo']);
  });

  it('use the service manager of a container', async () => {
    await fake.answer('systemctl --machine=web', { stdout: '[{"unit":"a.service","load":"loaded"}]' });
    expect(await failedUnits('web')).to.deep.equal(['a.service']);
    await fake.answer('systemctl --machine=web', { stdout: 'Result=signal\n' });
    expect([...(await showUnitInside('web', 'a.service', ['Result', 'ExecMainStatus']))]).to.deep.equal([
      ['Result', 'signal'],
    ]);
    await resetFailedInside('web', 'a.service');
    expect(await killUnitInside('web', 'a.service', 'SIGTERM')).to.equal(true);
    await fake.answer('systemctl --machine=web', { exitCode: 1 });
    expect(await killUnitInside('web', 'a.service', 'SIGHUP')).to.equal(false);
    expect(await fake.lines()).to.deep.equal([
      'systemctl --machine=web list-units --state=failed --output=json --no-pager',
      'systemctl --machine=web show a.service --property=Result,ExecMainStatus',
      'systemctl --machine=web reset-failed a.service',
      'systemctl --machine=web kill --kill-whom=main --signal=SIGTERM a.service',
      'systemctl --machine=web kill --kill-whom=main --signal=SIGHUP a.service',
    ]);
  });

  it('let networkd in a container reconfigure its link, and report whether it does', async () => {
    expect(await reconfigureLink('web', 2)).to.equal(true);
    expect(await fake.lines()).to.deep.equal([
      'busctl --machine=web call org.freedesktop.network1 /org/freedesktop/network1 org.freedesktop.network1.Manager ReconfigureLink i 2',
    ]);
    await fake.answer('busctl', { exitCode: 1, stderr: 'Call failed: Unknown interface' });
    expect(await reconfigureLink('web', 2)).to.equal(false);
  });

  it('delete an entry of the neighbour table, but only for an address that can have one', async () => {
    await forgetNeighbour('fd12::1');
    // An address for documentation (RFC 5737), so the kernel has no entry for it.
    await forgetNeighbour('192.0.2.77');
    await forgetNeighbour('--all');
    expect(await fake.lines()).to.deep.equal(['ip neighbour flush to fd12::1']);
  });

  it('read the journal of a unit since a time', async () => {
    await fake.answer('journalctl', { stdout: 'one\ntwo\n\n' });
    expect(await unitJournal(SERVICE, new Date(1_700_000_000_999), 20)).to.equal('one\ntwo');
    expect(await fake.lines()).to.deep.equal([
      `journalctl --unit=${SERVICE} --since=@1700000000 --lines=20 --output=cat --no-pager --quiet`,
    ]);
  });

  it('show the journal of a container, of a directory or of the host', () => {
    const all = { unit: null, follow: false, since: null, lines: null };
    expect(journalArgv({ of: { machine: 'web' }, ...all })).to.deep.equal([
      'journalctl',
      '--quiet',
      '--machine=web',
    ]);
    expect(
      journalArgv({
        of: { directory: '/x y' },
        unit: 'nginx',
        follow: true,
        since: '1 hour ago',
        lines: 50,
      }),
    ).to.deep.equal([
      'journalctl',
      '--quiet',
      '--directory=/x y',
      '--unit=nginx',
      '--since=1 hour ago',
      '--lines=50',
      '--follow',
    ]);
    expect(journalArgv({ of: 'host', ...all, unit: SERVICE })).to.deep.equal([
      'journalctl',
      '--quiet',
      `--unit=${SERVICE}`,
    ]);
  });

  it('run a command as a service of the container, without reading its arguments as options or specifiers', () => {
    const command = {
      machine: 'web',
      unit: 'run-1.service',
      command: ['echo', '--quiet', '%h', '$HOME'] as const,
      user: 'postgres',
      directory: '/tmp/a b',
      environment: ['A=1 2'],
      searchPath: ['/bin'],
    };
    expect(transientArgv({ ...command, terminal: false })).to.deep.equal([
      'systemd-run',
      '--machine=web',
      '--unit=run-1.service',
      '--wait',
      '--pipe',
      '--quiet',
      '--service-type=oneshot',
      '--expand-environment=no',
      '--uid=postgres',
      '--property=WorkingDirectory=/tmp/a b',
      '--property=IgnoreSIGPIPE=no',
      '--property=ExecSearchPath=/bin',
      '--setenv=A=1 2',
      '--',
      'echo',
      '--quiet',
      '%h',
      '$HOME',
    ]);
    const onTerminal = transientArgv({ ...command, directory: null, terminal: true });
    expect(onTerminal).to.include.members(['--pty', '--collect', '--service-type=exec']);
    expect(onTerminal).to.include('--property=WorkingDirectory=-~');
  });
});
