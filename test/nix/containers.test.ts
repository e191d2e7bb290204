import { expect } from 'chai';
import { evaluate, evaluateLoudly, here, type Json, needsNixpkgs, nix, refusal, tree } from './nix.js';
import { canonical } from './systemd-file.js';

type Files = Record<string, string>;

const file = here('fixtures/containers.nix');
const nixpkgs = { nixpkgs: tree ?? '' };

/** The files of a container `box` for each module. `modules` maps names to Nix source. */
const containers = (modules: Record<string, string>, args: Record<string, string> = {}) =>
  evaluate<Record<string, Files>>(file, { text: nixpkgs, source: { cases: set(modules), ...args } });

const set = (values: Record<string, string>) =>
  `{ ${Object.entries(values)
    .map(([name, value]) => `${name} = ${value};`)
    .join(' ')} }`;

const refused = (module: string, args: Record<string, string> = {}) =>
  refusal(file, { text: nixpkgs, source: { cases: set({ box: module }), ...args } });

const times = (text: string, part: string) => text.split(part).length - 1;

describe('mkContainer', function () {
  this.timeout(300_000);
  before(needsNixpkgs);

  it('evaluates NixOS and each module once', async () => {
    const { stderr } = await nix([
      'nix-instantiate',
      '-I',
      `counted=${tree ?? ''}`,
      '--argstr',
      'nixpkgs',
      here('fixtures/counting-nixpkgs'),
      '--arg',
      'cases',
      '{ box = { ... }: builtins.trace "the module is read" { nixosContainer.hostNetworkConfig = { }; systemd.nspawn.box.settings.Exec.Hostname = "x"; }; }',
      '--eval',
      '--strict',
      '--json',
      file,
    ]);
    expect(times(stderr, 'a NixOS is evaluated')).to.equal(1);
    expect(times(stderr, 'the module is read')).to.equal(1);
  });

  it('reports an option that does not exist with the file of the module', async () => {
    const said = await refused('{ services.nginxx.enable = true; }');
    expect(said).to.include("`services.nginxx' does not exist");
    expect(said).to.match(/- In `\S*\/fixtures\/containers\.nix'/);
  });

  describe("with NixOS's own options for the host side", () => {
    let made: Record<string, Files>;

    before(async () => {
      made = await containers({
        macvlan: '{ systemd.nspawn.box.settings.Network.MACVLAN = "eth1"; }',
        isolated:
          '{ systemd.nspawn.box.settings.Network = { Private = true; VirtualEthernet = "no"; }; nixosContainer.zone = null; }',
        nspawn: `{
          nixosContainer = { bindMounts = [ "/srv/ours" ]; ephemeral = true; };
          systemd.nspawn.box.settings = {
            Exec = { ResolvConf = "replace-stub"; Ephemeral = "no"; };
            Files.Bind = [ "/srv/theirs" ];
          };
          systemd.nspawn.another.settings.Exec.ResolvConf = "off";
        }`,
        service: `{
          nixosContainer.resources.memoryMax = "1G";
          nixosContainer.timeoutStartSec = "5min";
          systemd.services."systemd-nspawn@box" = {
            serviceConfig = { MemoryMax = "2G"; Nice = 5; };
            unitConfig.After = [ "srv.mount" ];
            environment.SYSTEMD_LOG_LEVEL = "debug";
          };
        }`,
        order: `{
          nixosContainer = { requires = [ "db" ]; after = [ "postgresql.service" ]; };
          systemd.services."systemd-nspawn@box" = { wants = [ "theirs.service" ]; unitConfig.After = [ "srv.mount" ]; };
        }`,
        network: `{
          nixosContainer.hostNetworkConfig.networkConfig.DHCPServer = "no";
          systemd.network.networks."20-ve-box" = { networkConfig.DNS = "192.0.2.53"; linkConfig.MTUBytes = "1400"; };
        }`,
        families: `{ config, ... }: {
          nixosContainer.restrictAddressFamilies = [ "AF_UNIX" "AF_INET" ];
          assertions = [ { assertion = builtins.length config.warnings == 1; message = toString config.warnings; } ];
        }`,
        enoughFamilies: `{ config, ... }: {
          nixosContainer.restrictAddressFamilies = [ "AF_UNIX" "AF_INET" "AF_NETLINK" ];
          nixosContainer.containerNetworkConfig.DHCP = "no";
          assertions = [ { assertion = config.warnings == [ ]; message = toString config.warnings; } ];
        }`,
        linkAlone: '{ systemd.network.networks."20-ve-box".networkConfig.DNS = "192.0.2.53"; }',
        further:
          '{ nixosContainer.hostNetworks."20-vb-box" = { matchConfig.Name = "vb-box"; networkConfig.Bridge = "br0"; }; }',
      });
    });

    const lines = (name: string, of: string) => (made[name]?.[of] ?? '').split('\n');

    it('writes `systemd.nspawn.NAME` into the .nspawn file, and prefers it to its own keys', () => {
      expect(lines('macvlan', 'box.nspawn')).to.include('MACVLAN=eth1');
      expect(lines('isolated', 'box.nspawn')).to.include.members(['Private=true', 'VirtualEthernet=no']);
      const nspawn = lines('nspawn', 'box.nspawn');
      expect(nspawn).to.include.members(['ResolvConf=replace-stub', 'Ephemeral=no', 'NotifyReady=true']);
      expect(nspawn).to.not.include('Ephemeral=yes');
    });

    it('writes the permitted socket address families only into the file for systemd 261 and newer', () => {
      const families = (name: string, of: string) =>
        lines(name, of).filter((line) => line.startsWith('RestrictAddressFamilies='));
      expect(families('families', 'box.nspawn.systemd-261')).to.deep.equal([
        'RestrictAddressFamilies=AF_INET',
        'RestrictAddressFamilies=AF_UNIX',
      ]);
      expect(families('macvlan', 'box.nspawn.systemd-261')).to.deep.equal(['RestrictAddressFamilies=~']);
      expect(lines('macvlan', 'box.nspawn.systemd-261')).to.include('MACVLAN=eth1');
      for (const name of Object.keys(made)) expect(families(name, 'box.nspawn'), name).to.deep.equal([]);
    });

    it('merges lists, such as bind mounts with those of `bindMounts`', () => {
      expect(lines('nspawn', 'box.nspawn')).to.include.members(['Bind=/srv/ours', 'Bind=/srv/theirs']);
    });

    it('ignores the settings of another container', () => {
      expect(lines('nspawn', 'box.nspawn')).to.not.include('ResolvConf=off');
    });

    it('writes `systemd.services."systemd-nspawn@NAME"` into the drop-in, and prefers it to its own keys', () => {
      const service = lines('service', 'service-overrides.conf');
      expect(service).to.include.members([
        'MemoryMax=2G',
        'Nice=5',
        'After=srv.mount',
        'TimeoutStartSec=5min',
      ]);
      expect(service).to.include('Environment="SYSTEMD_LOG_LEVEL=debug"');
      expect(service).to.not.include('MemoryMax=1G');
    });

    it('merges the order of the container with that of its service', () => {
      const words = (key: string) =>
        lines('order', 'service-overrides.conf')
          .filter((line) => line.startsWith(`${key}=`))
          .flatMap((line) => line.slice(key.length + 1).split(' '));
      expect(words('After')).to.have.members([
        'postgresql.service',
        'srv.mount',
        'systemd-nspawn@db.service',
      ]);
      expect(words('Requires')).to.deep.equal(['systemd-nspawn@db.service']);
      expect(words('Wants')).to.deep.equal(['theirs.service']);
    });

    it('merges `systemd.network.networks."20-ve-NAME"` with `hostNetworkConfig`', () => {
      const network = lines('network', '20-ve-box.network');
      expect(network).to.include.members([
        'Name=ve-box',
        'DNS=192.0.2.53',
        'MTUBytes=1400',
        'DHCPServer=no',
        'Address=0.0.0.0/28',
      ]);
      expect(network).to.not.include('DHCPServer=yes');
    });

    it('adds the [Match] section of the link to that file, even without `hostNetworkConfig`', () => {
      expect(lines('linkAlone', '20-ve-box.network')).to.include.members([
        '[Match]',
        'Name=ve-box',
        'Driver=veth',
      ]);
    });

    it('writes `hostNetworks` unchanged', () => {
      const unit = made.further?.['20-vb-box.network'] ?? '';
      expect(unit.replace(/\n+/g, '\n').trim()).to.equal('[Match]\nName=vb-box\n[Network]\nBridge=br0');
    });
  });

  it('reports each failed assertion once, with the option and the container', async () => {
    const said = await refused(`{
      nixosContainer = { zone = "foo"; hostNetworkConfig = { }; forwardPorts = [ { hostPort = 80; } { hostPort = 80; } ]; };
      assertions = [ { assertion = false; message = "services.example needs a database."; } ];
    }`);
    const own = "Container `box': services.example needs a database.";
    const zone = "Container `box': `zone' and `hostNetworkConfig' exclude each other";
    const port = "Container `box': `forwardPorts' contains tcp port 80 of the host twice.";
    for (const message of [own, zone, port]) expect(times(said, message), message).to.equal(1);
  });

  it('reports each warning once, with the container', async () => {
    const { stderr } = await evaluateLoudly(file, {
      text: nixpkgs,
      source: { cases: set({ box: '{ warnings = [ "foo is old." ]; nixosContainer.zone = "a"; }' }) },
    });
    expect(times(stderr, "Container `box': foo is old.")).to.equal(1);
  });

  it('passes on hostile text as nix/units writes it, without further interpretation by NixOS', async () => {
    const path = `/srv/it's "x" $HOME $\{y} 100%i a:b größe \\n`;
    const settings = {
      bindMounts: [{ hostPath: path, containerPath: path, readOnly: true, create: true }],
      credentials: [
        { id: 'plain', path: `${path}.` },
        { id: 'sealed', path: `${path}.`, encrypted: true },
      ],
      activation: { reloadScript: '/srv/re load%$x' },
      plugins: { health: { text: `${path}\n''` } },
    };
    const source = JSON.stringify(JSON.stringify(settings)).replaceAll('${', '\\${');
    const { box: whole } = await containers({ box: `{ nixosContainer = builtins.fromJSON ${source}; }` });
    const units = await evaluate<{ box: Record<string, Json> }>(here('fixtures/units.nix'), {
      text: { cases: JSON.stringify({ box: settings }) },
    });
    /** Without the name of the system, and without the script that NixOS creates from `preStart`. */
    const comparable = (text: Json | undefined) =>
      canonical(String(text).replace(/\/nix\/store\/[^/]*-nixos-system-[^/]*/, 'SYSTEM')).filter(
        (line) => !/ExecStartPre=/.test(line),
      );
    expect(comparable(whole?.['box.nspawn'])).to.deep.equal(comparable(units.box['box.nspawn']));
    expect(comparable(whole?.['service-overrides.conf'])).to.include.members(
      comparable(units.box['service-overrides.conf']),
    );
    const { binds, plugins } = JSON.parse(whole?.['data.json'] ?? '') as {
      binds: { hostPath: string }[];
      plugins: object;
    };
    expect(binds.map(({ hostPath }) => hostPath)).to.deep.equal([path]);
    expect(plugins).to.deep.equal(settings.plugins);
  });

  it('refuses a name that is not a valid machine name', async () => {
    const said = await refused('{ }', { arguments: '{ name = "../x"; }' });
    expect(said).to.contain('"../x" is not a valid name for a container.');
  });

  it('requires `nixpkgs` or `pkgs`', async () => {
    const said = await refused('{ }', { arguments: '{ nixpkgs = null; }' });
    expect(said).to.contain("the container `box' has neither `nixpkgs' nor `pkgs'");
  });

  it('accepts evaluated packages as `pkgs`, and warns if `nixpkgs` is given as well', async () => {
    const module = { box: '{ nixosContainer.zone = "a"; }' };
    const pkgs = `import ${tree ?? ''} { system = "x86_64-linux"; }`;
    const own = await containers(module, { arguments: `{ nixpkgs = null; pkgs = ${pkgs}; }` });
    expect(own).to.deep.equal(await containers(module));
    const { stderr } = await evaluateLoudly(file, {
      text: nixpkgs,
      source: { cases: set({ box: '{ }' }), arguments: `{ pkgs = ${pkgs}; }` },
    });
    expect(times(stderr, "both `nixpkgs' and `pkgs'")).to.equal(1);
  });

  it('passes on `specialArgs`, and applies presets as modules of the same evaluation', async () => {
    const made = await containers(
      { box: '{ mine, ... }: { nixosContainer.timeoutStartSec = mine; }' },
      {
        arguments: `{
          specialArgs.mine = "3min";
          presets = [ { module = ${here('../../plugins/network/nix/zone.nix')}; parameters.name = "lab"; } ];
        }`,
      },
    );
    expect(made.box?.['service-overrides.conf']).to.contain('TimeoutStartSec=3min\n');
    expect(made.box?.['box.nspawn']).to.contain('Zone=lab\n');
    const data = JSON.parse(made.box?.['data.json'] ?? '') as { presets: { parameters: object }[] };
    expect(data.presets.map(({ parameters }) => parameters)).to.deep.equal([{ name: 'lab' }]);
  });
});
