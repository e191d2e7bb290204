import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { BUILDING } from './containers.js';
import { NIXPKGS, source } from './host.js';
import { describeNixos, withModule } from './suite.js';

const byReload = 'nixosContainer.activation.strategy = "reload";';
/** The settings of NixOS's profile "perlless" that apply to containers. */
const overlay = `${byReload}
  boot.initrd.systemd.enable = true;
  system.etc.overlay.enable = true;`;
const userborn = `${overlay}
  services.userborn.enable = true;
  users.users.alice = { isNormalUser = true; uid = 1000; };`;
const readOnly = `${userborn}
  system.etc.overlay.mutable = false;`;
const greeting = (text: string) => `environment.etc.greeting.text = "${text}";`;

/** Whether this NixOS mounts the overlay itself if no initrd did so. */
const isPossible =
  source !== undefined &&
  readFileSync(join(source, 'nixos/modules/system/etc/etc.nix'), 'utf8').includes('mountpoint -q /etc');
const itWhere = (possible: boolean) => (possible === isPossible ? it : it.skip);

describeNixos('a container with an overlay at /etc', 'etc', (containers, host) => {
  const updated = async (name: string, page: number, settings: string) => {
    const { code, document, stderr } = await containers().update(name, { page, settings });
    expect(code, `${JSON.stringify(document)}\n${stderr}`).to.equal(0);
    return document;
  };
  const etc = (name: string) =>
    containers().inside(name, 'findmnt', '--noheadings', '--output', 'FSTYPE', '/etc');

  /** The machine ID, which must be the same in the container and on its host. */
  const machineId = async (name: string) => {
    const inside = await containers().inside(name, 'cat', '/etc/machine-id');
    const outside = await host().ask(['machinectl', 'show', name, '--property=Id', '--value']);
    expect(inside).to.equal(outside);
    return inside;
  };

  /** Creates a container, updates it by a reload, restarts it and rolls it back. No unit may fail. */
  const lives = async (name: string, settings: string) => {
    await containers().create(name, { settings: `${settings}\n${greeting('one')}` });
    expect(await containers().page(name)).to.equal(`hello from ${name}, page 1`);
    expect(await etc(name)).to.match(/^overlay/);
    expect(await containers().failedUnits(name)).to.deep.equal([]);

    const leader = await containers().leader(name);
    expect(await updated(name, 2, `${settings}\n${greeting('two')}`)).to.include({ activation: 'reload' });
    expect(await containers().page(name)).to.equal(`hello from ${name}, page 2`);
    expect(await containers().inside(name, 'cat', '/etc/greeting')).to.equal('two');
    expect(await containers().leader(name)).to.equal(leader);
    expect(await containers().failedUnits(name)).to.deep.equal([]);
    expect(await containers().tool.get(['status', name])).to.include({ generation: 2, outdated: false });

    const machine = await machineId(name);
    await containers().tool.get(['restart', name]);
    expect(await machineId(name), 'the id of the machine').to.equal(machine);
    expect(await containers().page(name)).to.equal(`hello from ${name}, page 2`);
    expect(await containers().inside(name, 'cat', '/etc/greeting')).to.equal('two');
    expect(await containers().failedUnits(name)).to.deep.equal([]);

    expect(await containers().tool.get(['rollback', name])).to.include({ generation: 1 });
    expect(await containers().inside(name, 'cat', '/etc/greeting')).to.equal('one');
    expect(await containers().failedUnits(name)).to.deep.equal([]);
    expect(await containers().tool.get(['doctor'])).to.include({ healthy: true });
  };

  it('boots without an initrd if the configuration has settings for one', async () => {
    await containers().create('initrd', { settings: 'boot.initrd.systemd.enable = true;' });
    expect(await containers().page('initrd')).to.equal('hello from initrd, page 1');
    expect(await containers().failedUnits('initrd')).to.deep.equal([]);
  });

  itWhere(true)(
    'gets new files by a reload, keeps them across a restart, and can be rolled back',
    async () => {
      await lives('layered', overlay);
      expect(await host().ask(['ls', '-A', '/var/lib/machines/layered'])).to.not.contain('.etc-image');
    },
  );

  const refused = async (settings: string, why: string) => {
    const path = await containers().write('refused', { settings });
    const create = ['create', 'refused', '--config', path, '--nixpkgs', NIXPKGS];
    const { code, document } = await containers().tool.ask(create, BUILDING);
    expect(code).to.equal(11);
    expect(JSON.stringify(document)).to.contain(why);
    expect(await host().ask(['nixos-nspawn', 'list', '--json'])).to.not.contain('refused');
  };

  it('is refused in a user namespace, with a next step', () =>
    refused(`${overlay}\nnixosContainer.userNamespacing = true;`, 'not possible in a user namespace'));

  itWhere(false)('is refused if NixOS mounts the overlay in an initrd', () =>
    refused(overlay, 'Use a newer nixpkgs'),
  );

  withModule({ module: 'services/system/userborn.nix', program: 'userborn' }, () => {
    it('has the users that userborn creates, and new ones after a reload', async () => {
      await lives('born', userborn);
      expect(await containers().inside('born', 'id', '--user', 'alice')).to.equal('1000');
      await updated('born', 3, `${userborn}\nusers.users.bob = { isNormalUser = true; uid = 1001; };`);
      expect(await containers().inside('born', 'id', '--user', 'bob')).to.equal('1001');
      expect(await containers().failedUnits('born')).to.deep.equal([]);
    });

    it('can have a read-only /etc', async () => {
      await lives('sealed', readOnly);
      const { code } = await host().run(['nixos-nspawn', 'run', 'sealed', '--', 'touch', '/etc/made'], {
        check: false,
      });
      expect(code).to.not.equal(0);
      expect(await containers().inside('sealed', 'id', '--user', 'alice')).to.equal('1000');
    });
  });

  withModule({ module: 'system/activation/nixos-init.nix', program: 'userborn' }, () => {
    it('works with nixos-init', async () => {
      await lives('bashless', `${readOnly}\nsystem.nixos-init.enable = true;`);
    });
  });

  itWhere(true)('has a known running generation, which prune keeps', async () => {
    for (const page of [5, 6])
      await containers().update('layered', { page, settings: overlay }, '--strategy', 'none');
    await containers().tool.get(['prune', 'layered', '--keep', '1']);
    await host().run(['nix-collect-garbage', '--quiet']);
    expect(await containers().page('layered')).to.equal('hello from layered, page 1');
    expect(await containers().tool.get(['status', 'layered'])).to.include({ outdated: true });
    const generations = await containers().tool.get<{ generation: number }[]>([
      'list-generations',
      'layered',
    ]);
    expect(generations.map(({ generation }) => generation)).to.include(1);
    await containers().tool.get(['restart', 'layered']);
    expect(await containers().page('layered')).to.equal('hello from layered, page 6');
    expect(await containers().failedUnits('layered')).to.deep.equal([]);
  });
});
