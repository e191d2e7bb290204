import { expect } from 'chai';
import { BUILDING } from './containers.js';
import { NIXPKGS } from './host.js';
import { describeNixos } from './suite.js';

/** What a container of NixOS sees of its options. */
describeNixos('the options of a container of NixOS', 'options', (containers, host) => {
  const shell = (script: string) => host().run(['bash', '-euc', script]);
  const inside = (name: string, script: string) => containers().inside(name, 'bash', '-c', script);

  it('mount and permit the devices that the host has, also those found at the start', async () => {
    await shell(`mkdir -p /dev/several
      for node in required several/a1 several/a2:b several/c; do mknod -m 666 /dev/$node c 10 232; done`);
    const settings = `nixosContainer = {
      devices = [
        "/dev/required"
        { path = "/dev/several/a*"; class = "char-misc"; mode = "r"; }
        { path = "/dev/absent"; optional = true; }
      ];
      bindMounts = [ { hostPath = "/srv/a b"; containerPath = "/data:c"; create = true; readOnly = true; } ];
    };`;
    await containers().create('devices', { settings });
    expect(await containers().failedUnits('devices')).to.deep.equal([]);
    expect(await containers().page('devices')).to.equal('hello from devices, page 1');
    const seen = await inside(
      'devices',
      'ls -d /dev/required /dev/several/* /dev/absent 2>&1 || true; ls -d /data:c',
    );
    expect(seen).to.include('/dev/required').and.include('/dev/several/a1').and.include('/dev/several/a2:b');
    expect(seen).to.include('/data:c').and.to.not.include('/dev/several/c');
    expect(seen).to.match(/cannot access '\/dev\/absent'/);
    const use = (path: string, how: string) =>
      inside('devices', `(exec 3${how}${path}) 2>&1 | grep -c 'Operation not permitted' || true`);
    expect(await use('/dev/required', '<>')).to.equal('0');
    expect(await use('/dev/several/a1', '<')).to.equal('0');

    await shell('mknod -m 666 /dev/absent c 10 232; rm /dev/several/a1');
    await containers().tool.get(['restart', 'devices']);
    expect(await inside('devices', 'ls /dev/absent /dev/several')).to.equal(
      '/dev/absent\n\n/dev/several:\na2:b',
    );
    expect(await use('/dev/absent', '<>')).to.equal('0');
    expect(await host().ask(['ls', '/run'])).to.include('nixos-nspawn-devices');

    await shell('rm /dev/several/a*');
    const { code, stderr, stdout } = await host().run(['nixos-nspawn', 'restart', 'devices'], {
      check: false,
    });
    expect(code).to.equal(7);
    expect(stdout + stderr).to.include('/dev/several/a*');
    expect(await containers().page('devices')).to.equal('hello from devices, page 1');
    const started = await host().run(['systemctl', 'restart', 'systemd-nspawn@devices'], { check: false });
    expect(started.code).to.not.equal(0);
    const journal = await host().ask([
      'journalctl',
      '--unit=systemd-nspawn@devices',
      '--output=cat',
      '--lines=20',
    ]);
    expect(journal).to.include('Container devices requires a device /dev/several/a*');
    expect(await host().ask(['ls', '/run'])).to.not.include('nixos-nspawn-devices');
    await shell('rm -r /dev/several /dev/required /dev/absent');
  });

  it('change the capabilities, variables, mounts and files of the init', async () => {
    await host().writeFile('/etc/resolv.conf', 'nameserver 192.0.2.53\n');
    const settings = `nixosContainer = {
      capabilities = { add = [ "CAP_SYSLOG" ]; drop = [ "CAP_MKNOD" "CAP_SYS_CHROOT" ]; };
      environment = { PLAIN = "a/b"; HOSTILE = ''it's "x" $y %i \\''; };
      noNewPrivileges = true;
      resolvConf = "replace-host";
      linkJournal = "no";
      tmpfs = [ "/var/cache" "/srv/scratch:size=1m,mode=1777" ];
    };`;
    await containers().create('init', { settings });
    expect(await containers().failedUnits('init')).to.deep.equal([]);
    const status = await inside('init', 'cat /proc/1/status');
    const bounding = BigInt(`0x${/CapBnd:\s*(\w+)/.exec(status)?.[1]}`);
    const has = (capability: number) => ((bounding >> BigInt(capability)) & 1n) === 1n;
    // linux/capability.h: SYSLOG, NET_ADMIN, MKNOD, SYS_CHROOT.
    expect([34, 12, 27, 18].map(has)).to.deep.equal([true, true, false, false]);
    expect(status).to.match(/NoNewPrivs:\s*1/);
    const environment = (await inside('init', "tr '\\0' '\\n' </proc/1/environ")).split('\n');
    expect(environment).to.include.members(['PLAIN=a/b', 'HOSTILE=it\'s "x" $y %i \\']);
    expect(await inside('init', 'cat /etc/resolv.conf')).to.include('nameserver 192.0.2.53');
    const mounts = await inside('init', 'cat /proc/self/mounts');
    expect(mounts)
      .to.match(/^tmpfs \/var\/cache tmpfs /m)
      .and.to.match(/^tmpfs \/srv\/scratch tmpfs .*size=1024k/m);
    const id = await inside('init', 'cat /etc/machine-id');
    expect(await host().has(`/var/log/journal/${id}`)).to.equal(false);

    const changed = settings.replace('CAP_SYSLOG', 'CAP_SYS_NICE').replace('noNewPrivileges = true;', '');
    await containers().write('init', { settings: changed });
    const planned = await containers().tool.get(['update', 'init', '--dry-run'], BUILDING);
    expect(planned).to.include({ activation: 'restart' });
    expect(planned.reasons).to.include.members(['Capability= changed', 'NoNewPrivileges= removed']);
    const { host_side } = planned.difference as { host_side: { text: string }[] };
    expect(host_side.map(({ text }) => text)).to.include.members([
      'Additional capability CAP_SYSLOG removed.',
      'Additional capability CAP_SYS_NICE added.',
      'Refusal of new privileges no longer set (was true).',
    ]);
  });

  for (const users of ['false', 'true']) {
    it(`keep changes of a volatile root in memory, with userNamespacing = ${users}`, async () => {
      const settings = `nixosContainer = { volatile = true; userNamespacing = ${users}; };`;
      await containers().create('brief', { settings });
      expect(await containers().failedUnits('brief')).to.deep.equal([]);
      await inside('brief', 'touch /var/lib/kept /root/kept');
      await containers().tool.get(['restart', 'brief']);
      expect(await containers().page('brief')).to.equal('hello from brief, page 1');
      expect(await inside('brief', 'ls -A /var/lib /root')).to.not.include('kept');
      expect(await host().ask(['find', '/var/lib/machines/brief', '-name', 'kept'])).to.equal('');
      const { code } = await containers().update('brief', { page: 2, settings });
      expect(code).to.equal(0);
      expect(await containers().page('brief')).to.equal('hello from brief, page 2');
      await containers().tool.get(['remove', 'brief', '--delete-state', '--yes']);
    });
  }

  it('give fixed user IDs, or those of the host in a user namespace', async () => {
    await containers().create('fixed', { settings: 'nixosContainer.privateUsers = 1048576;' });
    const map = async (name: string) =>
      (await host().ask(['cat', `/proc/${await containers().leader(name)}/uid_map`])).trim().split(/\s+/);
    expect(await map('fixed')).to.deep.equal(['0', '1048576', '65536']);
    expect(await containers().failedUnits('fixed')).to.deep.equal([]);
    await containers().create('identity', { settings: 'nixosContainer.privateUsers = "identity";' });
    expect(await map('identity')).to.deep.equal(['0', '0', '65536']);
    expect(await containers().failedUnits('identity')).to.deep.equal([]);
    expect(await containers().page('identity')).to.equal('hello from identity, page 1');
    const attack = await inside(
      'identity',
      'mount -o remount,rw,bind /nix/store && touch /nix/store/x; echo end',
    );
    expect(attack).to.equal('end');
    expect(await host().has('/nix/store/x')).to.equal(false);
    const { code } = await containers().update('identity', {
      page: 2,
      settings: 'nixosContainer.privateUsers = "identity";',
    });
    expect(code).to.equal(0);
    expect(await containers().page('identity')).to.equal('hello from identity, page 2');
  });

  it('add links and interfaces, and set the MAC address', async () => {
    await shell('ip link add moved1 type veth peer name moved2');
    // networkd adds links only to bridges that it creates.
    await host().writeFile('/etc/systemd/network/10-br-opt.netdev', '[NetDev]\nName=br-opt\nKind=bridge\n');
    await host().writeFile(
      '/etc/systemd/network/10-br-opt.network',
      '[Match]\nName=br-opt\n[Network]\nAddress=10.61.0.1/24\nConfigureWithoutCarrier=yes\n',
    );
    await host().run(['networkctl', 'reload']);
    const settings = `nixosContainer = {
        macAddress = "02:00:00:00:00:2a";
        interfaces = [ "moved1" "moved2:lan0" ];
        extraVeths = {
          "ve-db" = {
            interface = "db0";
            hostNetworkConfig = { address = [ "" "10.60.0.1/24" ]; networkConfig.DHCPServer = "no"; };
            containerNetworkConfig = { address = [ "10.60.0.2/24" ]; networkConfig.DHCP = "no"; };
          };
          "vb-opt" = {
            hostNetworkConfig.networkConfig.Bridge = "br-opt";
            containerNetworkConfig = { address = [ "10.61.0.2/24" ]; networkConfig.DHCP = "no"; };
          };
        };
      };
      networking.firewall.enable = false;`;
    await containers().create('links', { settings });
    expect(await containers().failedUnits('links')).to.deep.equal([]);
    expect(await inside('links', 'cat /sys/class/net/host0/address')).to.equal('02:00:00:00:00:2a');
    expect((await inside('links', 'ls /sys/class/net')).split('\n')).to.have.members([
      'db0',
      'host0',
      'lan0',
      'lo',
      'moved1',
      'vb-opt',
    ]);
    expect(await containers().page('links', 'http://10.60.0.2/')).to.equal('hello from links, page 1');
    expect(await containers().page('links', 'http://10.61.0.2/')).to.equal('hello from links, page 1');
    expect(await containers().page('links')).to.equal('hello from links, page 1');

    const { code, document } = await containers().update('links', {
      settings: settings.replace(':2a', ':2b'),
    });
    expect(code).to.equal(0);
    expect(document).to.include({ activation: 'restart' });
    expect(document.reasons).to.include('the container sets its MAC address when it boots');
    expect(await inside('links', 'cat /sys/class/net/host0/address')).to.equal('02:00:00:00:00:2b');
    await containers().tool.get(['stop', 'links']);
    const interfaces = (await host().ask(['ls', '/sys/class/net'])).split('\n');
    expect(interfaces)
      .to.include.members(['moved1', 'moved2'])
      .and.to.not.include.members(['ve-db', 'vb-opt']);
    await shell('ip link del moved1; ip link del br-opt; rm /etc/systemd/network/10-br-opt.*');
  });

  it('run in a network namespace of the host', async () => {
    await shell(`ip netns add opt; ip link add opt0 type veth peer name eth0 netns opt
      ip addr add 10.62.0.1/24 dev opt0; ip link set opt0 up
      ip -n opt addr add 10.62.0.2/24 dev eth0; ip -n opt link set eth0 up; ip -n opt link set lo up`);
    await containers().create('inner', {
      settings: `nixosContainer = { networkNamespace = "/run/netns/opt"; resolvConf = "replace-host"; };
        networking.firewall.enable = false;`,
    });
    expect(await containers().failedUnits('inner')).to.deep.equal([]);
    expect(await containers().page('inner', 'http://10.62.0.2/')).to.equal('hello from inner, page 1');
    expect(await inside('inner', 'cat /proc/net/dev'))
      .to.include('eth0:')
      .and.to.not.include('opt0:');
    await containers().tool.get(['remove', 'inner', '--delete-state', '--yes']);
    expect(await host().ask(['ip', '-n', 'opt', '-br', 'addr', 'show', 'eth0'])).to.include('10.62.0.2');
    await shell('ip netns del opt');
  });

  it('start a container after those that it requires, and stop it with them', async () => {
    const settings = 'nixosContainer = { requires = [ "first" ]; after = [ "network-online.target" ]; };';
    await containers().write('second', { settings });
    const refused = await containers().tool.fail(
      10,
      ['create', 'second', '--config', '/srv/containers/second.nix', '--nixpkgs', NIXPKGS],
      BUILDING,
    );
    expect(refused).to.include({ code: 'requirement-missing', required: 'first' });
    await containers().create('first');
    await containers().tool.get(['stop', 'first']);
    await containers().create('second', { settings });
    const since = async (name: string, property: string) =>
      Number(
        await host().ask([
          'systemctl',
          'show',
          '--value',
          `--property=${property}TimestampMonotonic`,
          `systemd-nspawn@${name}`,
        ]),
      );
    const expectOrder = async () =>
      expect(await since('second', 'InactiveExit')).to.be.at.least(await since('first', 'ActiveEnter'));
    await expectOrder();
    expect(await containers().failedUnits('second')).to.deep.equal([]);
    const before = await containers().mainPid('second');
    await containers().tool.get(['restart', 'first']);
    await expectOrder();
    expect(await containers().mainPid('second')).to.not.equal(before);
    expect(await containers().page('second')).to.equal('hello from second, page 1');
    await containers().tool.get(['stop', 'first', '--with-dependents']);
    expect(await containers().mainPid('second')).to.equal('0');

    const late = settings.replace('network-online.target', 'machines.target');
    const { code, document } = await containers().update('second', { settings: late });
    expect(code).to.equal(11);
    expect(JSON.stringify(document)).to.include('which starts after the containers');
  });
});
