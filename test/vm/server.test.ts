import { expect } from 'chai';
import { answers } from '../host/by-hand.js';
import { waitFor } from '../host/host.js';
import { addressOf, create, hostItself, preparePresets } from '../host/presets.js';
import { type Document, flakeOf, Tool } from '../host/tool.js';
import { describeInMachine } from './suite.js';

const AUTOSTART = 'nixos-nspawn-autostart.service';
/** Eight of their own links, one in a zone, and one on a bridge with a link of the machine. */
const MANY = Array.from({ length: 8 }, (_, index) => `many-0${index + 1}`);
const ALL = [...MANY, 'other', 'web'];
describeInMachine('a server with udev', 'server', (machine) => {
  const tool = () => new Tool(machine());

  /** The link of this machine with this address, as udev has named it. */
  const linkWith = async (address: string) => {
    const links = JSON.parse(await machine().ask(['ip', '-json', 'link'])) as Record<string, string>[];
    const name = links.find((link) => link.address === address)?.ifname;
    if (name === undefined) throw new Error(`no link with the address ${address}`);
    return name;
  };

  const links = async () => {
    const { Interfaces: found } = JSON.parse(await machine().ask(['networkctl', '--json=short', 'list'])) as {
      Interfaces: { Name: string; AdministrativeState: string }[];
    };
    return Object.fromEntries(found.map(({ Name, AdministrativeState }) => [Name, AdministrativeState]));
  };

  const states = async () =>
    Object.fromEntries((await tool().get<Document[]>(['list'])).map(({ name, state }) => [name, state]));

  before(async () => {
    await preparePresets(machine());
    // A bridge as a server has it: networkd makes it, and a link of the machine is its port.
    const port = await linkWith('52:54:00:00:00:02');
    await machine().writeFile('/etc/systemd/network/30-br0.netdev', '[NetDev]\nName=br0\nKind=bridge\n');
    await machine().writeFile(
      '/etc/systemd/network/30-br0-port.network',
      `[Match]\nName=${port}\n\n[Network]\nBridge=br0\n`,
    );
    await machine().writeFile(
      '/etc/systemd/network/30-br0.network',
      '[Match]\nName=br0\n\n[Network]\nAddress=10.0.3.200/24\n',
    );
    await machine().run(['networkctl', 'reload']);
    for (const name of MANY) await tool().get(['create', name, '--flake', flakeOf(name)]);
    await create(machine(), 'web', 'zone:inner,address=10.77.0.1/24');
    await create(machine(), 'other', 'bridge:br0');
    await tool().get(['autostart', '--install', '--jobs', '2']);
  });

  /** What holds before the reboot and after it. */
  const works = () => {
    it('runs all containers', async () => {
      expect(await states()).to.deep.equal(Object.fromEntries(ALL.map((name) => [name, 'running'])));
    });

    it('has links that udev announced to networkd, which configured them', async () => {
      const all = await links();
      for (const name of [...MANY.map((name) => `ve-${name}`), 'vz-inner', 'br0'])
        expect(all[name], name).to.equal('configured');
      const udev = await machine().ask(['udevadm', 'info', '/sys/class/net/ve-many-01']);
      expect(udev).to.include('ID_NET_LINK_FILE=/usr/lib/systemd/network/80-container-ve.link');
      expect(await machine().ask(['cat', '/sys/class/net/vb-other/master/uevent'])).to.include(
        'INTERFACE=br0',
      );
    });

    it('reaches a container in a zone, and one on a bridge with a DHCP server outside of the machine', async () => {
      const inZone = await addressOf(machine(), 'web', '10.77.0.');
      expect(await hostItself(machine()).reads(`http://${inZone}`)).to.equal('hello from web generation 1');
      const onBridge = await addressOf(machine(), 'other', '10.0.3.');
      expect(await hostItself(machine()).reads(`http://${onBridge}`)).to.equal(
        'hello from other generation 1',
      );
      expect(await answers(machine(), 'http://many-01/')).to.equal('hello from many-01 generation 1');
    });

    it('has no problem that doctor finds', async () => {
      const { findings } = await tool().get<{ findings: unknown[] }>(['doctor']);
      expect(findings).to.deep.equal([]);
    });

    it('has AppArmor as Debian has it, which denies nothing', async () => {
      expect(await machine().ask(['cat', '/sys/module/apparmor/parameters/enabled'])).to.equal('Y');
      expect(await machine().ask(['cat', '/sys/kernel/security/apparmor/profiles'])).to.include(
        'unprivileged_userns',
      );
      const kernel = await machine().ask(['journalctl', '--boot', '--dmesg', '--output=cat']);
      expect(kernel).not.to.include('apparmor="DENIED"');
    });
  };

  describe('before a reboot', works);

  describe('after a reboot', () => {
    before(async () => {
      await machine().reboot();
      await waitFor(
        'autostart to be done',
        async () => {
          const { stdout } = await machine().run(['systemctl', 'is-active', AUTOSTART], { check: false });
          expect(stdout).not.to.equal('failed\n');
          return stdout === 'active\n';
        },
        { timeout: 1_800_000, interval: 2000 },
      );
    });

    works();

    it('does not wait for links of containers before it is online', async () => {
      const argv = ['/usr/lib/systemd/systemd-networkd-wait-online', '--timeout=30'] as const;
      expect((await machine().run(argv)).code).to.equal(0);
    });
  });
});
