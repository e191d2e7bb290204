import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { type Host, REPOSITORY, waitFor } from '../host/host.js';
import { BUILDING, NixosContainers } from './containers.js';
import { NIXPKGS } from './host.js';
import { declaration, NixosHost } from './nixos-host.js';
import { describeNixos } from './suite.js';

const EXAMPLES = `${REPOSITORY}/nix/examples`;

/** The default page of nginx. */
const WELCOME = 'Welcome to nginx!';

describeNixos('the example containers of the manual', 'examples', (containers, host) => {
  /** Another machine in the network of the host, with a DHCP server. */
  let outside: Awaited<ReturnType<Host['uplink']>>;

  before(async () => {
    outside = await host().uplink();
  });

  const create = (name: string, file: string) =>
    containers().tool.get(
      ['create', name, '--config', `${EXAMPLES}/${file}`, '--nixpkgs', NIXPKGS],
      BUILDING,
    );
  const remove = (name: string) => containers().tool.get(['remove', name, '--delete-state']);
  const page = (url: string) => containers().page('', url);

  afterEach(async () => {
    for (const { name } of await containers().tool.get<{ name: string }[]>(['list'])) await remove(name);
  });

  it('README: serves its page under its name, and on a port of the host for other machines', async () => {
    await create('web', 'web.nix');
    expect(await page('http://web/')).to.contain(WELCOME);
    const { stdout } = await waitFor('the page on the port', () =>
      outside.run(['curl', '-sS', '--fail', '--max-time', '10', 'http://10.99.0.2:8181/']),
    );
    expect(stdout).to.contain(WELCOME);
    expect(await containers().failedUnits('web')).to.deep.equal([]);
  });

  for (const file of [
    'imperative.nix',
    'networking/default.nix',
    'networking/zone.nix',
    'networking/ipv6.nix',
  ]) {
    it(`${file}: serves its page`, async () => {
      await create('example', file);
      expect(await page('http://example/')).to.contain(WELCOME);
      expect(await containers().failedUnits('example')).to.deep.equal([]);
    });
  }

  it('networking/ipv6.nix: has its configured address', async () => {
    await create('example', 'networking/ipv6.nix');
    expect(await page('http://[2001:1234:abcd:ef01::2]/')).to.contain(WELCOME);
  });

  it('networking/isolated.nix: has only a loopback, and does not wait for a network', async () => {
    await create('example', 'networking/isolated.nix');
    expect(await containers().inside('example', 'ls', '/sys/class/net')).to.equal('lo');
    expect(await containers().failedUnits('example')).to.deep.equal([]);
  });

  /** Serves addresses of 10.82.0.0/24 on a link or bridge of the host. */
  const serveAddresses = async (name: string) => {
    await host().writeFile(
      `/run/systemd/network/10-${name}.network`,
      `[Match]\nName=${name}\n[Network]\nAddress=10.82.0.1/24\nDHCPServer=yes\nConfigureWithoutCarrier=yes\n`,
    );
    await host().run(['networkctl', 'reload']);
  };
  it("networking/bridge.nix: has an address in the network of the host's bridge", async () => {
    await host().run(['ip', 'link', 'add', 'mybridge', 'type', 'bridge']);
    await serveAddresses('mybridge');
    await create('example', 'networking/bridge.nix');
    const v4 = await containers().address('example', '10.82.0.');
    expect(await page(`http://${v4}/`)).to.contain(WELCOME);
    expect(await containers().failedUnits('example')).to.deep.equal([]);
    await host().run(['ip', 'link', 'delete', 'mybridge']);
  });

  it('networking/macvlan.nix: has an address in the network of the interface', async () => {
    await host().run(['ip', 'link', 'add', 'eth1', 'type', 'veth', 'peer', 'name', 'router1']);
    await serveAddresses('router1');
    await host().run(['ip', 'link', 'set', 'eth1', 'up']);
    await create('example', 'networking/macvlan.nix');
    const v4 = await containers().address('example', '10.82.0.');
    expect(await page(`http://${v4}/`)).to.contain(WELCOME);
    expect(await containers().failedUnits('example')).to.deep.equal([]);
  });

  describe('with the example values of the options', () => {
    const createOf = async (name: string, ...options: string[]) => {
      const names = options.map((option) => `"${option}"`).join(' ');
      await containers().create(name, {
        settings: `nixosContainer =
          import ${REPOSITORY}/test/nixos/containers/options.nix { inherit lib options pkgs; } [ ${names} ];`,
      });
      expect(await containers().failedUnits(name)).to.deep.equal([]);
    };

    it('work with all options that do not exclude each other', async () => {
      await host().run(['mkdir', '-p', '/var/lib/host/path', '/srv/web', '/etc/credstore.encrypted']);
      await host().run(['systemd-creds', 'encrypt', '--name=token', '-', '/etc/credstore.encrypted/token'], {
        input: 'secret',
      });
      await containers().startNixDaemon();
      await createOf(
        'own',
        'activation.strategy',
        'activation.autoStart',
        'activation.reloadScript',
        'bindMounts',
        'containerNetworkConfig',
        'credentials',
        'forwardPorts',
        'hostNetworkConfig',
        'hostNetworks',
        'limits',
        'mountDaemonSocket',
        'persistLeases',
        'plugins',
        'resources.cpuQuota',
        'resources.cpuWeight',
        'resources.ioWeight',
        'resources.memoryHigh',
        'resources.memoryMax',
        'resources.tasksMax',
        'systemCallFilter',
        'timeoutStartSec',
        'userNamespacing',
      );
      expect(await page('http://own/')).to.equal('hello from own, page 1');
      expect(await containers().inside('own', 'ls', '/var/lib/container')).to.equal('path');
    });

    it('work as ephemeral containers with their own store in a zone', async () => {
      await createOf('apart', 'ephemeral', 'sharedNix', 'zone');
      expect(await page('http://apart/')).to.equal('hello from apart, page 1');
    });
  });
});

describeNixos('the commands for first steps', 'first-steps', (containers, host) => {
  const PLACE = '/srv/first';
  const page = (file: string) => readFile(new URL(`../../${file}`, import.meta.url), 'utf8');
  /** The command lines of each block of a page. */
  const blocks = (text: string) =>
    [...text.matchAll(/```console\n(.*?)```/gs)].map(([, block = '']) =>
      [...block.matchAll(/^# (.+)$/gm)].map(([, line = '']) => line),
    );
  const type = async (lines: readonly string[], env: Record<string, string> = {}) => {
    for (const line of lines) {
      const { code, stdout, stderr } = await host().run(['bash', '-c', line], {
        cwd: PLACE,
        env,
        check: false,
        ...BUILDING,
      });
      expect(code, `${line}\n${stdout}\n${stderr}`).to.equal(0);
      if (line.startsWith('curl')) expect(stdout).to.contain(WELCOME);
    }
  };

  before(async () => {
    // This host uses its own nixpkgs instead of the one on the network.
    const registry = ['nix', 'registry', 'add'] as const;
    await host().run([...registry, 'github:NixOS/nixpkgs/nixos-unstable', `path:${NIXPKGS}`]);
    await host().run(['mkdir', '-p', PLACE]);
  });

  it('work in the quick start: on NixOS with <nixpkgs>, and elsewhere with --nixpkgs', async () => {
    const [onNixos, elsewhere, change, end] = blocks(await page('docs/quick-start.md'));
    if (!onNixos || !elsewhere || !change || !end) throw new Error('the page has fewer blocks');
    for (const [start, env] of [
      [onNixos, { NIX_PATH: `nixpkgs=${NIXPKGS}` }],
      [elsewhere, {}],
    ] as const) {
      const example = await page('nix/examples/networking/default.nix');
      await host().writeFile(`${PLACE}/web.nix`, example);
      await type([...start, ...change, ...end], env);
      expect(await containers().tool.get(['list'])).to.deep.equal([]);
    }
  });

  it('work in the tour of the README', async () => {
    const readme = await page('README.md');
    const [, example = ''] = /```nix\n(.*?)```/s.exec(readme) ?? [];
    const [tour = []] = blocks(readme.split('## A short tour')[1] ?? '');
    expect(tour).to.have.length.of.at.least(8);
    await host().writeFile(`${PLACE}/web.nix`, example);
    await host().writeFile(
      `${PLACE}/flake.nix`,
      `{
        inputs.nixpkgs.url = "path:${NIXPKGS}";
        outputs = { nixpkgs, ... }: {
          nixosContainers.db = (import ${REPOSITORY}/nix/lib.nix).mkContainer {
            inherit nixpkgs;
            name = "db";
            system = "x86_64-linux";
            modules = [ { system.stateVersion = "26.05"; } ];
          };
        };
      }`,
    );
    await type(tour, { NIX_PATH: `nixpkgs=${NIXPKGS}` });
    expect(await containers().failedUnits('db')).to.deep.equal([]);
    expect(await containers().tool.get(['list'])).to.have.lengthOf(1);
  });
});

describeNixos('the example NixOS host of the manual', 'examples-host', (_, testHost) => {
  let host: NixosHost;
  let containers: NixosContainers;

  const imports = (...files: string[]) =>
    `imports = [ ${files.map((file) => `${EXAMPLES}/${file}`).join(' ')} ];`;
  const installed = ['installation/configuration.nix', 'networking/host.nix'] as const;

  before(async () => {
    host = new NixosHost(testHost());
    containers = new NixosContainers(host);
    await host.boot('');
    await host.run(['mkdir', '-p', '/var/lib/host/path', '/home/alice']);
  });

  it('declarative.nix: runs the container with its mount', async () => {
    await host.switchTo(imports(...installed, 'declarative.nix'));
    expect(await containers.page('mycontainer')).to.contain(WELCOME);
    await containers.inside('mycontainer', 'touch', '/var/lib/container/path/made-inside');
    expect(await host.ask(['ls', '/var/lib/host/path'])).to.equal('made-inside');
    expect(await containers.failedUnits('mycontainer')).to.deep.equal([]);
  });

  it('migration/after.nix: keeps the addresses and the mount of the container', async () => {
    await host.switchTo(imports(...installed, 'migration/after.nix'));
    expect(await containers.page('mycontainer', 'http://10.231.136.2/')).to.contain(WELCOME);
    await containers.inside('mycontainer', 'touch', '/home/made-inside');
    expect(await host.ask(['ls', '/home/alice'])).to.equal('made-inside');
    expect(await containers.failedUnits('mycontainer')).to.deep.equal([]);
  });

  it('networking: applies presets to a declared container', async () => {
    const manual = await readFile(new URL('../../docs/networking.md', import.meta.url), 'utf8');
    const [, preset] = /```nix\n(nixos\.containers\.web\.presets = .*?)```/s.exec(manual) ?? [];
    await host.switchTo(`${imports(...installed)}\n${declaration('web', 1)}\n${preset}`);
    const v6 = await containers.address('web', 'fd12:3456:789a:1:');
    expect(await containers.page('web', `http://[${v6}]/`)).to.equal('hello from web, page 1');
    expect(await containers.failedUnits('web')).to.deep.equal([]);
  });
});
