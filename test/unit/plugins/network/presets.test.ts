import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import presets from '../../../../plugins/network/src/presets.js';
import { apply as applyTo, type FakeCommand, Refusal, withoutKey } from '../../../../src/plugins/testing.js';

type Facts = Parameters<typeof applyTo>[3];

/** The configuration of networkd, as `systemd-analyze cat-config` shows it. */
let networkdConf = '';

/** A host with one uplink and one bridge, without a default route, and with a web server on port 80. */
const exec: FakeCommand = (argv) => {
  const words = argv.join(' ');
  if (argv[0] === 'ss')
    return {
      stdout: [
        'tcp LISTEN 0 128 0.0.0.0:80 0.0.0.0:*',
        'tcp LISTEN 0 128 127.0.0.1:81 0.0.0.0:*',
        'tcp LISTEN 0 128 [::1]:82 [::]:*',
        'udp UNCONN 0 0 127.0.0.53%lo:53 0.0.0.0:*',
        'udp UNCONN 0 0 [::]:5355 [::]:*',
      ].join('\n'),
    };
  if (argv[0] === 'systemd-analyze') return { stdout: networkdConf };
  if (words.includes('route show default')) return { stdout: '[]' };
  if (words.includes('-4 route'))
    return {
      stdout: JSON.stringify([
        { dst: 'default', dev: 'eth0' },
        { dst: '10.99.0.0/24', dev: 'eth0' },
      ]),
    };
  if (words.includes('-6 route'))
    return {
      stdout: JSON.stringify([
        { dst: 'fd99::/64', dev: 'eth0' },
        { dst: 'fe80::/64', dev: 'eth0' },
        { dst: 'ff00::/8', dev: 'eth0' },
      ]),
    };
  if (words.includes('link show'))
    return {
      stdout: JSON.stringify([
        { ifname: 'lo', flags: ['LOOPBACK', 'UP'] },
        { ifname: 'eth0', flags: ['UP'] },
        { ifname: 'br0', flags: ['UP'], linkinfo: { info_kind: 'bridge' } },
        { ifname: 've-other', flags: ['UP'] },
      ]),
    };
  throw new Error(`nobody asks a host '${words}'`);
};

describe('the network presets', () => {
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'network-'));
    await mkdir(join(root, 'etc/systemd/network'), { recursive: true });
    await writeFile(join(root, 'etc/machine-id'), '0123456789abcdef0123456789abcdef\n');
    networkdConf = '# /etc/systemd/networkd.conf\n[Network]\n#IPv4Forwarding=\n';
    await kernelForwards(true);
  });
  afterEach(() => rm(root, { recursive: true }));

  const apply = (name: string, parameters: Record<string, unknown> = {}, facts: Facts = {}) =>
    applyTo(presets, name, parameters, { root, ...facts }, { exec, packageDirectory: '/plugin' });

  async function refused(name: string, parameters: Record<string, unknown>, facts: Facts = {}) {
    try {
      await apply(name, parameters, facts);
    } catch (error) {
      if (error instanceof Refusal) return error.message;
      throw error;
    }
    throw new Error(`preset '${name}' was applied`);
  }

  async function wrong(name: string, parameters: Record<string, unknown>) {
    try {
      await apply(name, parameters);
    } catch (error) {
      if (error instanceof Error && !(error instanceof Refusal)) return error.message;
      throw error;
    }
    throw new Error(`preset '${name}' was applied`);
  }

  async function kernelForwards(isOn: boolean): Promise<void> {
    for (const family of ['ipv4', 'ipv6']) {
      const directory = join(root, 'proc/sys/net', family, 'conf/all');
      await mkdir(directory, { recursive: true });
      await writeFile(join(directory, 'forwarding'), isOn ? '1\n' : '0\n');
    }
  }

  const asked = (...names: string[]) => names.map((name) => ({ name, parameters: {} }));
  const neighbour = (name: string, prefix: string) => ({
    container: name,
    settings: null,
    presets: [{ name: 'ula', parameters: { prefix } }],
  });

  describe('ula', () => {
    const prefixOf = async (container: string, facts: Facts = {}) =>
      String((await apply('ula', {}, { container, ...facts })).parameters.prefix);

    it("chooses the same /64 for the same container, and different ones of the host's /48 for different ones", async () => {
      const web = await prefixOf('web');
      expect(await prefixOf('web')).to.equal(web);
      const other = await prefixOf('other');
      expect(other).not.to.equal(web);
      expect(other.split(':').slice(0, 3)).to.deep.equal(web.split(':').slice(0, 3));
    });

    it('chooses different /48 for different hosts', async () => {
      const here = await prefixOf('web');
      await writeFile(join(root, 'etc/machine-id'), 'ffffffffffffffffffffffffffffffff\n');
      expect((await prefixOf('web')).split(':').slice(0, 3)).not.to.deep.equal(here.split(':').slice(0, 3));
    });

    it('does not choose the prefix of another container', async () => {
      const wished = await prefixOf('web');
      const next = await prefixOf('web', { neighbours: [neighbour('other', wished)] });
      expect(next).not.to.equal(wished);
      expect(next).to.match(/^fd.*::\/64$/);
    });

    it('uses a given prefix', async () => {
      const { contribution, parameters } = await apply('ula', { [withoutKey]: 'fd12:0:0:1::/64' });
      expect(parameters).to.deep.equal({ prefix: 'fd12:0:0:1::/64' });
      expect(contribution.modules).to.deep.equal([
        { module: '/plugin/nix/ula.nix', parameters: { prefix: 'fd12:0:0:1::/64' } },
      ]);
    });

    it('refuses a prefix that the host or another container has', async () => {
      expect(await refused('ula', { prefix: 'fd99::/64' })).to.contain(
        'overlaps fd99::/64, which the host routes to eth0',
      );
      expect(
        await refused('ula', { prefix: 'fd12::/64' }, { neighbours: [neighbour('other', 'fd12::/64')] }),
      ).to.contain("overlaps the prefix of container 'other'");
    });

    for (const prefix of ['2001:db8::/64', 'fd12::/63', 'fd12::1/64', 'fd12::', '10.0.0.0/24'])
      it(`refuses the prefix ${prefix}`, async () => {
        expect(await wrong('ula', { prefix })).to.contain('must be a /64 within fc00::/7');
      });
  });

  describe('expose', () => {
    it('refuses a port that is in use or is given twice', async () => {
      expect(await refused('expose', { ports: ['80'] })).to.contain(
        "The host's tcp port 80 is already in use: a process listens on it.",
      );
      expect(await refused('expose', { ports: ['5350-5360/udp'] })).to.contain(
        'udp port 5355 is already in use',
      );
      expect(await refused('expose', { ports: ['8000-8010', '8005:80'] })).to.contain(
        'tcp port 8005 is forwarded twice',
      );
    });

    it('accepts a port that is free, or in use only on the loopback or for the other protocol', async () => {
      for (const port of ['8080:80', '81', '82', '53/udp', '80/udp', '5355'])
        expect((await apply('expose', { ports: [port] })).contribution.modules, port).to.have.length(1);
    });
  });

  describe('zone and bridge', () => {
    it('add the same file for every container', async () => {
      const web = await apply('zone', { name: 'inner' }, { container: 'web' });
      const other = await apply('zone', { name: 'inner' }, { container: 'other' });
      expect(web.contribution.hostFiles).to.have.length(1);
      expect(web.contribution.hostFiles).to.deep.equal(other.contribution.hostFiles);
      expect(web.contribution.hostFiles[0]?.path).to.equal('/etc/systemd/network/20-vz-inner.network');
    });

    it('do not replace a file of the host', async () => {
      await writeFile(join(root, 'etc/systemd/network/20-vz-inner.network'), '[Match]\nName=vz-inner\n');
      expect((await apply('zone', { name: 'inner' })).contribution.hostFiles).to.deep.equal([]);
    });

    it('refuse an interface that does not exist or is not a bridge, and a network that overlaps', async () => {
      expect(await refused('bridge', { name: 'br7' })).to.equal("Bridge 'br7' does not exist.");
      expect(await refused('bridge', { name: 'eth0' })).to.equal("Interface 'eth0' is not a bridge.");
      expect(await refused('bridge', { name: 'br0', address: '10.0.0.1/24' })).to.contain(
        'only be used with create=yes',
      );
      expect(await refused('zone', { name: 'inner', address: '10.99.0.1/16' })).to.contain(
        'overlaps 10.99.0.0/24',
      );
    });

    it('do not create a bridge that exists', async () => {
      const { contribution } = await apply('bridge', { name: 'br0', create: 'yes' });
      expect(contribution.hostFiles).to.deep.equal([]);
    });
  });

  describe('in combination:', () => {
    for (const [first, second, parameters] of [
      ['zone', 'bridge', { name: 'inner' }],
      ['macvlan', 'none', { interface: 'eth0' }],
      ['host', 'zone', {}],
    ] as const)
      it(`${first} and ${second} exclude each other`, async () => {
        expect(await refused(first, parameters, { presets: asked(first, second) })).to.equal(
          `Presets '${first}' and '${second}' exclude each other.`,
        );
      });

    for (const link of ['zone', 'bridge', 'macvlan', 'ipvlan', 'host', 'none'])
      it(`${link} excludes ula and ipv6-delegation, which need the container's own link`, async () => {
        for (const preset of ['ula', 'ipv6-delegation'])
          expect(await refused(preset, {}, { presets: asked(preset, link) })).to.contain(
            `Preset '${preset}' needs the container's own link to the host, which '${link}' removes.`,
          );
      });

    it('long names of presets are recognised too', async () => {
      expect(await refused('none', {}, { presets: asked('network/none', 'network/host') })).to.contain(
        'exclude each other',
      );
    });
  });

  describe('and forwarding:', () => {
    const needy = [
      ['ula', {}, 6],
      ['expose', { ports: ['8080:80'] }, 4],
      ['static', { address: '10.50.0.2/24', gateway: '10.50.0.1' }, 4],
    ] as const;

    for (const [preset, parameters, family] of needy) {
      it(`${preset} needs no forwarding beforehand, because networkd enables it with the link`, async () => {
        await kernelForwards(false);
        expect((await apply(preset, parameters)).contribution.modules).to.have.length(1);
      });

      it(`${preset} is refused if networkd is configured not to enable forwarding`, async () => {
        await kernelForwards(false);
        networkdConf += `# /etc/systemd/networkd.conf.d/off.conf\n[Network]\nIPv${family}Forwarding=no\n`;
        expect(await refused(preset, parameters)).to.equal(
          `IPv${family} forwarding is off on this host, so packets from other hosts do not reach the container.`,
        );
      });

      it(`${preset} is accepted if forwarding is already enabled`, async () => {
        networkdConf += `[Network]\nIPv${family}Forwarding=no\n`;
        expect((await apply(preset, parameters)).contribution.modules).to.have.length(1);
      });
    }

    it('ipv6-delegation needs forwarding beforehand, because its link does not masquerade', async () => {
      const prefix = { prefix: '2001:db8:0:1::/64' };
      expect((await apply('ipv6-delegation', prefix)).contribution.modules).to.have.length(1);
      await kernelForwards(false);
      expect(await refused('ipv6-delegation', prefix)).to.contain('IPv6 forwarding is off on this host');
    });
  });

  it('macvlan and ipvlan require an interface that exists and is not the loopback', async () => {
    expect(await refused('macvlan', { interface: 'eth7' })).to.equal("Interface 'eth7' does not exist.");
    expect(await refused('ipvlan', { interface: 'lo' })).to.equal(
      'The loopback interface has no connection to other hosts.',
    );
  });

  it("static requires a gateway within its networks on the container's own link", async () => {
    expect(await refused('static', { address: '10.50.0.2/24' })).to.contain('needs a gateway');
    expect(await refused('static', { address: '10.50.0.2/24', gateway: '10.51.0.1' })).to.contain(
      'Gateway 10.51.0.1 is not in the network of 10.50.0.2/24.',
    );
    expect(await refused('static', { address: '10.99.0.9/24', gateway: '10.99.0.1' })).to.contain(
      'overlaps 10.99.0.0/24',
    );
  });
});
