import { expect } from 'chai';
import { addressesOf, inOrder, ipv4In, ipv6In } from '../../../src/systemd/addresses.js';
import {
  findMachine,
  isRegistered,
  listMachines,
  machineLeader,
  powerOff,
} from '../../../src/systemd/registered-machines.js';
import { systemdVersion } from '../../../src/systemd/version.js';
import { FakeCommands } from '../fake-commands.js';
import { message, type VarlinkCall, VarlinkService } from '../varlink-service.js';

/** A process id that the kernel does not assign (pid_max(5)). */
const GONE = 2 ** 22 + 1;

const MACHINES = [
  { name: 'web', class: 'container', service: 'systemd-nspawn', leader: { pid: GONE, pidfdId: 5 } },
  { name: '.host', class: 'host', leader: { pid: 1 } },
  { name: 'db', class: 'container', service: null, leader: null, unit: 'systemd-nspawn@db.service' },
  { name: 'vm', class: 'vm', service: 'libvirt' },
];

/** Answers as systemd-machined does. */
function respond({ method, parameters }: VarlinkCall): string {
  if (method === 'org.varlink.service.GetInfo')
    return message({ parameters: { version: '260.2 (260.2-1)' } });
  const found = MACHINES.filter(({ name }) => parameters.name === undefined || name === parameters.name);
  if (found.length === 0) return message({ error: 'io.systemd.Machine.NoSuchMachine' });
  if (method === 'io.systemd.Machine.Kill') return message({ parameters: {} });
  return found
    .map((machine, index) => message({ parameters: machine, continues: index < found.length - 1 }))
    .join('');
}

describe('the registered machines', () => {
  let fake: FakeCommands;

  beforeEach(async () => {
    fake = await FakeCommands.install('systemctl', 'machinectl');
  });

  afterEach(() => fake.uninstall());

  describe('from machined itself', () => {
    let machined: VarlinkService;

    beforeEach(async () => {
      machined = await VarlinkService.listen((call, connection) => connection.write(respond(call)));
      process.env.NIXOS_NSPAWN_MACHINED_SOCKET = machined.socket;
    });

    afterEach(() => machined.end());

    it('are the containers, in the order of their names', async () => {
      expect(await listMachines()).to.deep.equal([
        { name: 'db', service: null, leader: null, addresses: [], isRegistered: true },
        { name: 'web', service: 'systemd-nspawn', leader: GONE, addresses: [], isRegistered: true },
      ]);
    });

    it('are found by name', async () => {
      expect(await findMachine('web')).to.include({ name: 'web', leader: GONE });
      expect(await machineLeader('web')).to.equal(GONE);
      expect(await isRegistered('web')).to.equal(true);
    });

    it('do not include a stopped container or a virtual machine', async () => {
      for (const name of ['old', 'vm']) {
        expect(await findMachine(name), name).to.equal(null);
        expect(await machineLeader(name), name).to.equal(null);
        expect(await isRegistered(name), name).to.equal(false);
      }
    });

    it('are powered off by the signal of systemd(1)', async () => {
      await powerOff('web');
      expect(machined.calls).to.deep.equal([
        { method: 'io.systemd.Machine.Kill', parameters: { name: 'web', whom: 'leader', signal: 34 + 4 } },
      ]);
    });

    it('show the version of systemd', async () => {
      expect(await systemdVersion()).to.equal(260);
    });

    afterEach('no process was started', async () => {
      expect(await fake.lines()).to.deep.equal([]);
    });
  });

  const silent: Readonly<Record<string, string>> = {
    'is too old': message({ error: 'org.varlink.service.MethodNotFound' }),
    'sends something else': message({ parameters: { unexpected: true } }),
    'ends during the call': '',
  };
  for (const [what, text] of Object.entries(silent))
    it(`come from machinectl if machined ${what}`, async () => {
      const machined = await VarlinkService.listen((_, connection) => connection.end(text));
      try {
        process.env.NIXOS_NSPAWN_MACHINED_SOCKET = machined.socket;
        await fake.answer('machinectl list', { stdout: '[{"machine":"web","class":"container"}]' });
        await fake.answer('machinectl show', { stdout: 'Name=web\nLeader=4711\n' });
        await fake.answer('systemctl --version', { stdout: 'systemd 256 (256)' });
        expect(await listMachines()).to.deep.equal([
          { name: 'web', service: null, leader: 4711, addresses: [], isRegistered: true },
        ]);
        expect(await findMachine('web')).to.include({ leader: 4711 });
        expect(await isRegistered('db')).to.equal(false);
        expect(await systemdVersion()).to.equal(256);
      } finally {
        await machined.end();
      }
    });

  it('are powered off by machinectl if machined does not accept the signal', async () => {
    const machined = await VarlinkService.listen((_, connection) =>
      connection.write(message({ error: 'org.varlink.service.PermissionDenied' })),
    );
    try {
      process.env.NIXOS_NSPAWN_MACHINED_SOCKET = machined.socket;
      await powerOff('web');
      expect(await fake.lines()).to.deep.equal(['machinectl poweroff web']);
    } finally {
      await machined.end();
    }
  });
});

describe('the addresses of a network namespace', () => {
  const TRIE = `Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 10.0.0.0/28 2 0 2
        |-- 10.0.0.0
           /28 link UNICAST
        |-- 10.0.0.2
           /32 host LOCAL
        |-- 10.0.0.15
           /32 link BROADCAST
     |-- 169.254.7.7
        /32 host LOCAL
     |-- 127.0.0.1
        /32 host LOCAL
Local:
        |-- 10.0.0.2
           /32 host LOCAL
`;
  const INET6 = `fd120000000000000000000000000001 02 40 00 80    host0
fd120000000000000000000000000002 02 40 00 a0    host0
fd120000000000000000000000000003 02 40 00 40    host0
fd120000000000000000000000000004 02 40 00 08    host0
fe80000000000000a841ccfffe7d2a71 02 40 20 80    host0
00000000000000000000000000000001 01 80 10 80       lo
`;

  it('are the local IPv4 addresses, without loopback', () => {
    expect(ipv4In(TRIE)).to.deep.equal(['10.0.0.2', '169.254.7.7']);
  });

  it('are the usable IPv6 addresses, without loopback', () => {
    expect(ipv6In(INET6)).to.deep.equal(['fd12::1', 'fd12::2', 'fe80::a841:ccff:fe7d:2a71']);
  });

  it('are sorted: IPv4 first, link-local ones last', () => {
    expect(inOrder(['fe80::1', '169.254.1.1', 'fd12::1', '10.0.0.2'])).to.deep.equal([
      '10.0.0.2',
      'fd12::1',
      '169.254.1.1',
      'fe80::1',
    ]);
  });

  it('are none for a process that has ended, or that uses the network of the host', () => {
    expect(addressesOf(GONE)).to.deep.equal([]);
    expect(addressesOf(process.pid)).to.deep.equal([]);
  });
});
