import { expect } from 'chai';
import { describeNixos } from './suite.js';

describeNixos('a long-lived container', 'upkeep', (containers, host) => {
  before(async () => {
    await containers().create('kept', {
      settings: 'nix.gc = { automatic = true; options = "--delete-older-than 1d"; };',
    });
  });

  it('is not affected by garbage collection on the host', async () => {
    await host().run(['nix-collect-garbage', '--quiet', '--delete-old']);
    await containers().tool.get(['restart', 'kept']);
    expect(await containers().page('kept')).to.equal('hello from kept, page 1');
    expect(await containers().failedUnits('kept')).to.deep.equal([]);
  });

  it('is started after a reboot of the host', async () => {
    await host().run(['nixos-nspawn', 'autostart', '--install']);
    await host().reboot();
    expect(await containers().page('kept')).to.equal('hello from kept, page 1');
  });

  it('cannot change the store of the host by its own garbage collection', async () => {
    const paths = () => host().ask(['ls', '/nix/store']);
    const before = await paths();
    await host().run(['nixos-nspawn', 'run', 'kept', '--', 'systemctl', 'start', 'nix-gc.service'], {
      check: false,
    });
    await host().run(['nixos-nspawn', 'run', 'kept', '--', 'nix-store', '--gc'], { check: false });
    expect(await paths()).to.equal(before);
    expect(await containers().page('kept')).to.equal('hello from kept, page 1');
  });
});
