import { expect } from 'chai';
import { evaluateLoudly, here, needsNixpkgs, nix, refusal, tree } from './nix.js';

/** A host in the result of test/nix/fixtures/hosts.nix. */
interface HostView {
  nspawn: Record<string, string>;
  data: Record<
    string,
    { timeoutStartSec: string; bindMounts: string[]; presets: object[]; restartKey: string }
  >;
  services: Record<string, string>;
  networks: Record<string, string>;
  wants: string[];
  firewall: Record<string, { allowedUDPPorts: number[]; allowedTCPPorts: number[] }>;
  nat: { enable: boolean; enableIPv6: boolean };
  failed: string[];
}

const file = here('fixtures/hosts.nix');
const args = (cases: Record<string, string>) => ({
  text: { nixpkgs: tree ?? '' },
  source: {
    cases: `{ ${Object.entries(cases)
      .map(([name, module]) => `${name} = ${module};`)
      .join(' ')} }`,
  },
});

const times = (text: string, part: string) => text.split(part).length - 1;

/** The triggers of a unit, with which a NixOS host decides whether to restart or to reload it. */
const triggers = (unit: string) =>
  Object.fromEntries(
    unit
      .split('\n')
      .map((line) => line.split('='))
      .filter(([key]) => key?.startsWith('X-')),
  );

describe('the module for hosts', function () {
  this.timeout(300_000);
  before(needsNixpkgs);

  it('evaluates NixOS once for the host and once for each container', async () => {
    const counting = here('fixtures/counting-nixpkgs');
    const { stderr } = await nix([
      'nix-instantiate',
      '-I',
      `counted=${tree ?? ''}`,
      '--eval',
      '--strict',
      '--json',
      file,
      '--argstr',
      'nixpkgs',
      counting,
      '--arg',
      'cases',
      `{
        host.nixos.containers = {
          web = { nixpkgs = ${counting}; config = { ... }: builtins.trace "web is read" { services.nginx.enable = true; }; };
          instances.db = { nixpkgs = ${counting}; hostNetworkConfig = { }; };
        };
      }`,
    ]);
    expect(times(stderr, 'a NixOS is evaluated')).to.equal(3);
    expect(times(stderr, 'web is read')).to.equal(1);
  });

  describe('on different hosts', () => {
    let hosts: Record<string, HostView>;
    let warned: string;
    const host = (name: string) => {
      const found = hosts[name];
      if (!found) throw new Error(`there is no host ${name}`);
      return found;
    };

    before(async () => {
      const { value, stderr } = await evaluateLoudly(
        file,
        args({
          empty: '{ nixos.containers.enableAutostartService = false; }',
          both: `{
            imports = [ { nixos.containers.web.bindMounts = [ "/srv/b" ]; } ];
            nixos.containers = {
              web = { bindMounts = [ "/srv/a" ]; activation.autoStart = false; };
              instances.db = { timeoutStartSec = "5min"; config.warnings = [ "db is old." ]; };
              zones.lab.address = [ "" "10.0.0.1/24" ];
              openFirewall = true;
              enableNat = true;
            };
            networking.nftables.enable = true;
          }`,
          wrong: `{
            networking.useNetworkd = false;
            nixos.containers = {
              web = { zone = "lab"; hostNetworkConfig = { }; };
              machine.bindMounts = [ "/dev/kvm" "/dev/shm/cache" ];
              instances.web.ephemeral = true;
              db.config = { assertions = [ { assertion = false; message = "db needs a disk."; } ]; };
              zones.far-too-long-for-it = { };
            };
          }`,
          hostSide: `{
            nixos.containers.web = {
              bindMounts = [ "/srv/ours" "/dev/ttyS0" ];
              devices = [ "/dev/kvm" { path = "/dev/dri/*"; class = "char-drm"; } ];
              presets.zone.name = "lab";
              config.nixosContainer.timeoutStartSec = "3min";
            };
            systemd.nspawn.web.settings = { Exec.ResolvConf = "off"; Files.Bind = [ "/srv/theirs" ]; };
            systemd.nspawn.foreign.settings.Exec.Boot = true;
            systemd.services."systemd-nspawn@web".serviceConfig = { MemoryMax = "2G"; DeviceAllow = "/dev/ttyS0 rw"; };
            systemd.network.networks."20-ve-web".networkConfig.DNS = "192.0.2.53";
          }`,
          first: `{
            nixos.containers = {
              web = { };
              none.activation.strategy = "none";
              restart.activation.strategy = "restart";
              reload.activation.strategy = "reload";
            };
          }`,
          ownNspawn: '{ systemd.nspawn.foreign.settings.Exec.Boot = true; }',
          ownPackages: '{ nixos.containers.web.config.nixpkgs.config.allowUnfree = true; }',
          arguments: `{
            nixos.containers.web = {
              specialArgs.further = { nixosContainer.ephemeral = true; };
              config = { further, ... }: { imports = [ further ]; };
            };
          }`,
          ...Object.fromEntries(
            ['260.2', '261.1', '300'].map((version) => [
              `"systemd ${version}"`,
              `{ pkgs, ... }: {
                systemd.package = pkgs.systemd // { version = "${version}"; };
                nixos.containers = { web = { }; db.restrictAddressFamilies = [ "AF_UNIX" "AF_INET" ]; };
              }`,
            ]),
          ),
          newPackages: '{ nixos.containers.web.config.environment.variables.NEW = "1"; }',
          ordered: `{
            nixos.containers = {
              db = { };
              cache = { };
              web = {
                requires = [ "db" "postgresql.service" ];
                config.nixosContainer.wants = [ "cache" "systemd-nspawn@imperative.service" ];
              };
            };
            systemd.services."systemd-nspawn@web".after = [ "theirs.service" ];
          }`,
          unordered: '{ nixos.containers = { db = { }; cache = { }; web = { }; }; }',
          circle: `{
            nixos.containers = {
              a.requires = [ "b" ];
              b.after = [ "c" "postgresql.service" ];
              c.config.nixosContainer.wants = [ "systemd-nspawn@a.service" ];
              outside.after = [ "a" ];
            };
          }`,
          misordered: `{
            nixos.containers = {
              web = { requires = [ "db" ]; after = [ "web" ]; };
              proxy.config.nixosContainer.wants = [ "web" "wbe" ];
            };
          }`,
          newMounts: '{ nixos.containers.web.bindMounts = [ "/srv/a" ]; }',
        }),
      );
      hosts = value as unknown as Record<string, HostView>;
      warned = stderr;
    });

    it('reports each warning of a container once, with its name', () => {
      expect(times(warned, "Container `db': db is old.")).to.equal(1);
    });

    it('states the permitted socket address families if the systemd of the host knows the key', () => {
      const families = (version: string, container: string) =>
        host(`systemd ${version}`)
          .nspawn[`${container}.nspawn`]?.split('\n')
          .filter((line) => line.startsWith('RestrictAddressFamilies='));
      for (const version of ['261.1', '300']) {
        expect(families(version, 'web'), version).to.deep.equal(['RestrictAddressFamilies=~']);
        expect(families(version, 'db'), version).to.deep.equal([
          'RestrictAddressFamilies=AF_INET',
          'RestrictAddressFamilies=AF_UNIX',
        ]);
      }
      expect(families('260.2', 'web')).to.deep.equal([]);
      expect(families('260.2', 'db')).to.deep.equal([]);
    });

    it('restarts a container after an upgrade of systemd only if that restricts its socket address families', () => {
      const key = (version: string, container: string) =>
        host(`systemd ${version}`).data[`${container}.json`]?.restartKey;
      expect(key('261.1', 'web')).to.equal(key('260.2', 'web'));
      expect(key('261.1', 'db')).to.not.equal(key('260.2', 'db'));
    });

    it('adds only the service template to a host without containers', () => {
      const { nspawn, data, services, networks, failed } = host('empty');
      expect({ nspawn, data, failed }).to.deep.equal({ nspawn: {}, data: {}, failed: [] });
      expect(Object.keys(services)).to.deep.equal(['systemd-nspawn@.service']);
      expect(Object.keys(networks).filter((unit) => unit.includes('ve-'))).to.deep.equal([]);
    });

    it('accepts containers in both forms, and merges the definitions of several modules', () => {
      const { nspawn, data, wants, failed } = host('both');
      expect(failed).to.deep.equal([]);
      expect(Object.keys(nspawn)).to.deep.equal(['db.nspawn', 'web.nspawn']);
      expect(data['web.json']?.bindMounts).to.have.members(['/srv/a', '/srv/b']);
      expect(data['db.json']?.timeoutStartSec).to.equal('5min');
      expect(wants).to.deep.equal(['systemd-nspawn@db.service']);
    });

    it('binds a container to a target, with which it stops when its declaration is removed', () => {
      expect(host('both').services['systemd-nspawn@db.service']?.split('\n')).to.include.members([
        'PartOf=nixos-nspawn-db.target',
        'After=nixos-nspawn-db.target',
      ]);
    });

    it('starts a container after those that it needs, and after its declaration', () => {
      const lines = host('ordered').services['systemd-nspawn@web.service']?.split('\n') ?? [];
      const words = (key: string) =>
        lines
          .filter((line) => line.startsWith(`${key}=`))
          .flatMap((line) => line.slice(key.length + 1).split(' '))
          .sort();
      expect(words('After')).to.deep.equal(
        [
          'nixos-nspawn-web.target',
          'postgresql.service',
          'systemd-nspawn@cache.service',
          'systemd-nspawn@db.service',
          'systemd-nspawn@imperative.service',
          'theirs.service',
        ].sort(),
      );
      expect(words('Requires')).to.deep.equal(['postgresql.service', 'systemd-nspawn@db.service']);
      expect(words('Wants')).to.deep.equal([
        'systemd-nspawn@cache.service',
        'systemd-nspawn@imperative.service',
      ]);
      expect(host('ordered').failed).to.deep.equal([]);
    });

    it('does not count the order among the reasons for a restart', () => {
      const key = (name: string) => host(name).data['web.json']?.restartKey;
      expect(key('ordered')).to.equal(key('unordered'));
    });

    it('refuses containers that start after one another, and names them', () => {
      expect(host('circle').failed).to.deep.equal([
        "nixos.containers: these containers cannot start, because each starts after another one of them: a after b, b after c, c after a. Remove one of these from `after', `wants' or `requires' of the container.",
      ]);
    });

    it('refuses an order after containers that do not exist, and after the container itself', () => {
      expect(host('misordered').failed).to.have.members([
        "nixos.containers.proxy.wants: this host declares no container `wbe'. Declare it, or write `systemd-nspawn@wbe.service' for a container that the nixos-nspawn command manages.",
        "nixos.containers.web.requires: this host declares no container `db'. Declare it, or write `systemd-nspawn@db.service' for a container that the nixos-nspawn command manages.",
        "Container `web': `after' contains the container itself. Remove it.",
      ]);
    });

    it("sets up a zone with systemd's defaults and the settings of the user", () => {
      const unit = host('both').networks['20-vz-lab.network'];
      expect(unit?.split('\n')).to.include.members([
        'Name=vz-lab',
        'Driver=bridge',
        'Address=10.0.0.1/24',
        'DHCPServer=yes',
        'IPMasquerade=both',
      ]);
      expect(unit?.indexOf('Address=0.0.0.0/24')).to.be.lessThan(unit?.indexOf('Address=\n') ?? -1);
    });

    it('opens the firewall only for the interfaces of containers, with the wildcard of nftables', () => {
      const { firewall, nat } = host('both');
      expect(Object.keys(firewall)).to.deep.equal(['vb-*', 've-*', 'vz-*']);
      expect(firewall['ve-*']).to.deep.include({
        allowedUDPPorts: [53, 67, 547, 5355],
        allowedTCPPorts: [53, 5355],
      });
      expect(nat).to.deep.equal({ enable: true, enableIPv6: true });
      expect(host('first').firewall).to.deep.equal({});
    });

    it('reports each problem once, with its place and what to do', () => {
      const { failed } = host('wrong');
      expect([...failed].sort()).to.deep.equal(
        [
          "Container `db': db needs a disk.",
          "Container `machine': `bindMounts' mounts /dev/kvm, but the container has no permission to use devices there. Use the option `devices' instead, such as `devices = [ \"/dev/kvm\" ];'.",
          'nixos.containers.zones: "far-too-long-for-it" is not a valid name for a zone. A name has 1 to 12 letters, digits, dashes, dots and underscores.',
          "nixos.containers: systemd-networkd configures the links of containers. Set `networking.useNetworkd = true;'.",
          "nixos.containers: web is defined twice, as `nixos.containers.NAME' and as `nixos.containers.instances.NAME'. Remove one of the definitions.",
          "Container `web': `zone' and `hostNetworkConfig' exclude each other, because a link in a zone has no address of its own on the host. Configure the zone: `nixos.containers.zones.lab'.",
        ].sort(),
      );
    });

    it("merges other definitions of a container's units on the host, and does not change foreign units", () => {
      const { nspawn, services, networks } = host('hostSide');
      expect(nspawn['web.nspawn']?.split('\n')).to.include.members([
        'ResolvConf=off',
        'Bind=/srv/ours',
        'Bind=/srv/theirs',
        'Zone=lab',
        'NotifyReady=true',
      ]);
      expect(nspawn['foreign.nspawn']).to.contain('Boot=true\n');
      expect(services['systemd-nspawn@web.service']?.split('\n')).to.include.members([
        'MemoryMax=2G',
        'TimeoutStartSec=3min',
        'DeviceAllow=/dev/kvm rw',
        'DeviceAllow=char-drm rw',
        'DeviceAllow=/dev/ttyS0 rw',
      ]);
      expect(services['systemd-nspawn@web.service']).to.include(' --bind=/srv/theirs ');
      expect(networks['20-ve-web.network']).to.contain('[Match]\nDriver=veth\nName=ve-web\n');
      expect(networks['20-ve-web.network']).to.contain('DNS=192.0.2.53\n');
    });

    const unit = (name: string, container = 'web') =>
      triggers(host(name).services[`systemd-nspawn@${container}.service`] ?? '');

    it('reloads a dynamic container for new packages, and restarts it for a new mount', () => {
      const [before, packages, mounts] = [unit('first'), unit('newPackages'), unit('newMounts')];
      expect(packages['X-Reload-Triggers']).to.not.equal(before['X-Reload-Triggers']);
      expect(packages['X-Restart-Triggers']).to.equal(before['X-Restart-Triggers']);
      expect(mounts['X-Restart-Triggers']).to.not.equal(before['X-Restart-Triggers']);
    });

    it('applies the other strategies at a switch of the host', () => {
      expect(unit('first', 'none')).to.deep.equal({ 'X-RestartIfChanged': 'false' });
      expect(unit('first', 'reload'))
        .to.include({ 'X-ReloadIfChanged': 'true' })
        .and.to.have.property('X-Restart-Triggers');
      expect(unit('first', 'restart'))
        .to.include({ 'X-RestartIfChanged': 'true' })
        .and.to.have.property('X-Restart-Triggers');
    });

    it('keeps imperative containers running at a switch of the host', () => {
      for (const name of ['empty', 'first'])
        expect(unit(name, ''), name).to.deep.equal({ 'X-RestartIfChanged': 'false' });
    });

    it("allows imperative containers beside the host's own .nspawn files", () => {
      const { nspawn } = host('ownNspawn');
      expect(Object.keys(nspawn)).to.deep.equal(['foreign.nspawn']);
    });

    it('explains how a container can have its own packages if its configuration requires them', () => {
      const { failed } = host('ownPackages');
      expect(
        failed.filter((message) => message.includes('Set `nixos.containers.web.nixpkgs = pkgs.path;')),
      ).to.have.length(1);
    });

    it('passes additional arguments to the modules of a container', () => {
      expect(host('arguments').nspawn['web.nspawn']).to.include('Ephemeral=yes\n');
    });
  });

  it('refuses an unknown preset, and lists the known ones', async () => {
    const said = await refusal(file, args({ host: '{ nixos.containers.web.presets.typo = { }; }' }));
    expect(said).to.contain("Container `web': there is no preset `typo'. The presets are: ");
    expect(said).to.contain('zone');
  });
});
