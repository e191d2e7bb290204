import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { CONF, CONFIGURATION } from '../host/old-containers.js';
import { type Document, warningOf } from '../host/tool.js';
import { BUILDING, NixosContainers } from './containers.js';
import { NIXPKGS } from './host.js';
import { NixosHost } from './nixos-host.js';
import { describeNixos } from './suite.js';

const OLD = '/var/lib/nixos-containers/web';
const PROFILES = '/nix/var/nix/profiles/per-container';
const BUILD = '/opt/nixos-nspawn/test/nixos/host/build.nix';
/** This nixpkgs has no packages for a network without networkd. */
const SETTINGS =
  'imports = [ (import ./page.nix "web, page 1") ]; networking.useNetworkd = true; networking.useHostResolvConf = false; systemd.network.wait-online.enable = false;';
const URL_OF_OLD = 'http://10.233.1.2/';

/** A container as `nixos-container create` makes it, with the unit of NixOS's own module. */
describeNixos('a container of nixos-container on a NixOS host', 'migrate', (_, testHost) => {
  let host: NixosHost;
  let containers: NixosContainers;
  const page = () => containers.page('web', URL_OF_OLD);
  const inside = (script: string) =>
    host.ask(['systemd-run', '--machine=web', '--quiet', '--pipe', '--wait', '/bin/sh', '-lc', script]);

  before(async () => {
    host = new NixosHost(testHost());
    containers = new NixosContainers(host);
    await host.boot('');
    await host.run(['mkdir', '-p', '-m', '700', '/var/lib/nixos-containers', PROFILES]);
    await host.run(['mkdir', '-p', `${PROFILES}/web`, `${OLD}/usr`]);
    // What runs before the init of NixOS is Debian's bash, which needs its libraries (nixpkgs/nixos/programs.nix).
    const link = 'ln -s "$(readlink /usr/$part)" usr/$part; ln -s usr/$part $part';
    await host.run(['bash', '-euc', `cd ${OLD}; for part in lib lib64; do ${link}; done`]);
    await host.writeFile('/etc/nixos-containers/web.conf', CONF(1, { HOST_PORT: 'tcp:8181:80' }));
    const shared = await readFile(fileURLToPath(new URL('containers/page.nix', import.meta.url)), 'utf8');
    await host.writeFile(`${OLD}/etc/nixos/page.nix`, shared);
    const configuration = `${OLD}/etc/nixos/configuration.nix`;
    await host.writeFile(configuration, CONFIGURATION('web', SETTINGS));
    const system = await host.ask(
      [
        'nix-build',
        ...[BUILD, '--no-out-link'],
        ...['--argstr', 'configuration', configuration, '--argstr', 'nixpkgs', NIXPKGS],
      ],
      BUILDING,
    );
    await host.run(['nix-env', '--profile', `${PROFILES}/web/system`, '--set', system]);
    await host.run(['systemctl', 'start', 'container@web']);
  });

  it('is taken over with its address, its port and its users, by one command', async () => {
    expect(await page()).to.equal('hello from web, page 1');
    await inside('useradd --create-home mary && echo mary:secret | chpasswd');
    const shadow = await inside('grep mary /etc/shadow');
    const resolv = await host.readFile('/etc/resolv.conf');

    const result = await containers.tool.get(['migrate', 'web', '--nixpkgs', NIXPKGS], BUILDING);
    expect(result).to.deep.include({ migrated: true, state: 'running', state_moved: true, problem: null });
    expect(await page()).to.equal('hello from web, page 1');
    expect(await containers.failedUnits('web')).to.deep.equal([]);
    expect(await inside('grep mary /etc/shadow')).to.equal(shadow);
    expect(await inside('cat /etc/resolv.conf')).to.equal(resolv.trimEnd());
    const [status] = [await containers.tool.get<Document>(['status', 'web'])].flat();
    expect(status?.ports).to.deep.include({
      protocol: 'tcp',
      host_port: 8181,
      container_port: 80,
      forwarded: true,
    });
    const { code } = await host.run(['systemctl', 'start', 'container@web'], { check: false });
    expect(code).to.not.equal(0);
  });

  it('stays blocked and starts again after a reboot of the host', async () => {
    await containers.tool.get(['start', 'web']);
    await host.reboot();
    const { code } = await host.run(['systemctl', 'start', 'container@web'], { check: false });
    expect(code).to.not.equal(0);
    await containers.tool.get(['start', 'web']);
    expect(await page()).to.equal('hello from web, page 1');
  });

  it('is updated from its copied configuration', async () => {
    const file = '/etc/nixos-nspawn/containers/web/nixos/configuration.nix';
    await host.writeFile(file, (await host.readFile(file)).replace('page 1', 'page 2'));
    await containers.tool.get(['update', 'web'], BUILDING);
    expect(await page()).to.equal('hello from web, page 2');
  });

  it('goes back, with the user, and keeps the changed configuration', async () => {
    const result = await containers.tool.get(['migrate', '--undo', 'web'], BUILDING);
    expect(result).to.include({ undone: true, restarted: true });
    expect(warningOf(result, 'configuration-kept')).to.include('container.nix');
    expect(await page()).to.equal('hello from web, page 1');
    expect(await inside('id -un mary')).to.equal('mary');
  });

  it('is taken over again and finished, and nothing is left of the old one', async () => {
    const file = '/etc/nixos-nspawn/containers/web/container.nix';
    const args = ['migrate', 'web', '--config', file, '--nixpkgs', NIXPKGS];
    await containers.tool.get(args, BUILDING);
    await containers.tool.get(['migrate', '--finish', 'web'], BUILDING);
    expect(await page()).to.equal('hello from web, page 2');
    const left = await host.ask([
      'sh',
      '-c',
      `ls -d /etc/nixos-containers/* ${OLD} ${PROFILES}/web /nix/var/nix/gcroots/per-container/web /etc/systemd/system.control 2>/dev/null || true`,
    ]);
    expect(left).to.equal('');
  });

  it('can then get another name, although /etc/systemd/system is read-only', async () => {
    const result = await containers.tool.get(['rename', 'web', 'shop', '--restart'], BUILDING);
    expect(result).to.deep.include({ name: 'shop', restarted: true });
    expect(await containers.page('shop', URL_OF_OLD)).to.equal('hello from web, page 2');
  });
});
