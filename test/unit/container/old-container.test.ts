import { expect } from 'chai';
import { lossesOf, parseOldContainer, untranslated } from '../../../src/container/old-container.js';
import { differencesOf, formerNames } from '../../../src/container/old-container-differences.js';
import { configurationOf, declarationOf, nixString } from '../../../src/container/old-container-nix.js';
import { settingsSchema } from '../../../src/container/settings.js';

/** As 'nixos-container create web --port tcp:8080:80 --auto-start' writes it. */
const IMPERATIVE = `PRIVATE_NETWORK=1
HOST_ADDRESS=10.233.1.1
LOCAL_ADDRESS=10.233.1.2
HOST_BRIDGE=
HOST_PORT=tcp:8080:80
AUTO_START=1
`;

/** As NixOS's module writes it. */
const DECLARED = `SYSTEM_PATH=/nix/store/00000000000000000000000000000000-nixos-system-db
PRIVATE_NETWORK=1
  HOST_BRIDGE=br0
  HOST_PORT=udp:53:53,8443
  LOCAL_ADDRESS6=fc00::2/64

INTERFACES="eth1 eth2"
MACVLANS=""
EXTRA_NSPAWN_FLAGS=" --bind-ro=/srv/data:/data --bind=/home --drop-capability=CAP_SYS_CHROOT"
`;

describe("a container of NixOS's own module", () => {
  it('is read from its environment file', () => {
    expect(parseOldContainer('web', IMPERATIVE)).to.deep.equal({
      name: 'web',
      hasOwnNetwork: true,
      addresses: [{ host: '10.233.1.1', local: '10.233.1.2' }],
      bridge: null,
      ports: [{ protocol: 'tcp', hostPort: 8080, containerPort: 80 }],
      interfaces: [],
      macvlans: [],
      binds: [],
      autoStart: true,
      systemPath: null,
      flake: null,
      privateUsers: null,
      unknown: [],
    });
  });

  it('may be declared, with mounts, interfaces, and flags that have no option', () => {
    const old = parseOldContainer('db', DECLARED);
    expect(old.binds).to.deep.equal([
      { hostPath: '/srv/data', containerPath: '/data', readOnly: true },
      { hostPath: '/home', containerPath: '/home', readOnly: false },
    ]);
    expect(old.ports).to.deep.equal([
      { protocol: 'udp', hostPort: 53, containerPort: 53 },
      { protocol: 'tcp', hostPort: 8443, containerPort: 8443 },
    ]);
    expect(old).to.deep.include({ bridge: 'br0', interfaces: ['eth1', 'eth2'], autoStart: false });
    expect(untranslated(old, null).join('\n'))
      .to.include('--drop-capability=CAP_SYS_CHROOT')
      .and.include('containers.db.config')
      .and.include('extraVeths');
  });

  it('becomes a declaration with the same addresses, ports and configuration', () => {
    const configuration = '/var/lib/nixos-containers/web/etc/nixos/configuration.nix';
    expect(declarationOf(parseOldContainer('web', IMPERATIVE), configuration)).to.equal(
      `nixos.containers.web = {
  config.imports = [ ${configuration} ];
  forwardPorts = [
    { protocol = "tcp"; hostPort = 8080; containerPort = 80; }
  ];
  hostNetworkConfig = {
    address = [ "" ];
    networkConfig = { DHCPServer = "no"; IPMasquerade = "no"; IPv6SendRA = "no"; };
    extraConfig = ''
      [Address]
      Address=10.233.1.1/32
      Peer=10.233.1.2/32
    '';
  };
  containerNetworkConfig = {
    address = [ "" ];
    networkConfig.DHCP = "no";
    extraConfig = ''
      [Address]
      Address=10.233.1.2/32
      Peer=10.233.1.1/32

      [Route]
      Gateway=10.233.1.1
      GatewayOnLink=yes
    '';
  };
};
`,
    );
  });

  it('becomes one with its bridge, its interfaces and the mounts, without an address of the host', () => {
    const text = declarationOf(parseOldContainer('db', DECLARED), null);
    expect(text)
      .to.include('bridge = "br0";')
      .and.include('Interface = [ "eth1" "eth2" ];')
      .and.include('{ hostPath = "/srv/data"; containerPath = "/data"; readOnly = true; }')
      .and.include('Address=fc00::2/64')
      .and.include('activation.autoStart = false;')
      .and.not.include('hostNetworkConfig');
  });

  it('shares the network of the host without PRIVATE_NETWORK', () => {
    expect(declarationOf(parseOldContainer('web', 'AUTO_START=1\n'), null)).to.include(
      'nspawnNetwork = {\n    Private = "no";\n    VirtualEthernet = "no";\n  };',
    );
  });

  it('is quoted as Nix requires', () => {
    expect(nixString(`a"b\\c\${d}$e`)).to.equal(`"a\\"b\\\\c\\\${d}$e"`);
    expect(declarationOf(parseOldContainer('1st', ''), null)).to.match(/^nixos\.containers\."1st" = /);
  });
});

describe('a container of nixos-container, for a migration', () => {
  const configuration = (conf: string, text = '') =>
    configurationOf(parseOldContainer('web', conf), {
      settings: '/etc/nixos-containers/web.conf',
      imported: './nixos/configuration.nix',
      text,
    });

  it('keeps its users, its resolv.conf and its user namespace, unless its configuration decides', () => {
    expect(configuration(IMPERATIVE))
      .to.include('imports = [ ./nixos/configuration.nix ];')
      .and.include('users.mutableUsers = lib.mkForce true;')
      .and.include('resolvConf = "replace-host";')
      .and.include('privateUsers = "no";')
      .and.not.include('mkForce false');
    const decided = configuration(
      'EXTRA_NSPAWN_FLAGS=-U\n',
      'users.mutableUsers = false; services.resolved.enable = true;',
    );
    expect(decided).to.include('privateUsers = "pick";').and.not.include('mutable');
    expect(decided).to.not.include('resolvConf');
  });

  it('has the network of the host, or none, as before', () => {
    expect(configuration('')).to.include('systemd.network.enable = lib.mkForce false;');
    expect(configuration('PRIVATE_NETWORK=1\n'))
      .to.include('VirtualEthernet = "no";')
      .and.include('wait-online.enable = false;')
      .and.not.include('Private = "no"');
  });

  it('loses flags and variables that are unknown, and files of a user namespace that it does not have', () => {
    const old = parseOldContainer(
      'web',
      'root=/srv/web\nEXTRA_NSPAWN_FLAGS="--ephemeral --private-users=12"\n',
    );
    expect(lossesOf(old, 0)).to.deep.equal([
      'root=/srv/web has no option of nixos-nspawn.',
      '--ephemeral has no option of nixos-nspawn.',
      '--private-users=12 has no option of nixos-nspawn.',
    ]);
    expect(lossesOf(parseOldContainer('web', ''), 1_000_000)).to.have.lengthOf(1);
    expect(
      lossesOf(parseOldContainer('web', 'EXTRA_NSPAWN_FLAGS=--private-users=pick\n'), 1_000_000),
    ).to.deep.equal([]);
  });

  it('differs from a configuration without its ports, mounts, addresses, bridge and auto start', () => {
    const settings = settingsSchema.parse({ bindMounts: ['/srv/data:/data'] });
    expect(differencesOf(parseOldContainer('web', IMPERATIVE), settings, '')).to.deep.equal([
      'The configuration does not forward the port tcp:8080:80.',
      "The host's end of the link does not have the address 10.233.1.1.",
    ]);
    expect(differencesOf(parseOldContainer('db', DECLARED), settings, '').join('\n'))
      .to.include('does not mount /home')
      .and.include('The bridge is none, not br0.')
      .and.include('now starts with the host')
      .and.not.include('/srv/data');
  });

  it('may name the interface that has another name now', () => {
    expect(formerNames('networking.firewall.interfaces.eth0 = { };')).to.have.lengthOf(1);
    expect(formerNames('networking.hostName = "eth01";')).to.deep.equal([]);
    expect(formerNames(null)).to.deep.equal([]);
  });
});
