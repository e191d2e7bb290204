import { expect } from 'chai';
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
});
