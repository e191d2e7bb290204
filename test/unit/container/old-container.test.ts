import { expect } from 'chai';
import { parseOldContainer, untranslated } from '../../../src/container/old-container.js';
import { declarationOf, nixString } from '../../../src/container/old-container-nix.js';

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
    networkConfig.DHCPServer = "no";
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
