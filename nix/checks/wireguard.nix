# A container whose only network is a tunnel. The host creates the interface, so that its packets use the host's network,
# and moves it to the container. The container never has the key.
{ pkgs, ... }:
let
  # Keys for this test only.
  keys = import (pkgs.path + "/nixos/tests/wireguard/snakeoil-keys.nix");
  tunnel =
    {
      own,
      peer,
      allowed,
      endpoint ? null,
    }:
    {
      netdevConfig = {
        Name = "wg0";
        Kind = "wireguard";
      };
      wireguardConfig = {
        PrivateKeyFile = "${pkgs.writeText "key" keys.${own}.privateKey}";
        ListenPort = 51820;
      };
      wireguardPeers = [
        (
          {
            PublicKey = keys.${peer}.publicKey;
            AllowedIPs = [ allowed ];
          }
          // pkgs.lib.optionalAttrs (endpoint != null) { Endpoint = endpoint; }
        )
      ];
    };
in
{
  name = "nixos-nspawn-wireguard";

  nodes = {
    host = {
      imports = [ ./parts/host.nix ];
      virtualisation.vlans = [ 1 ];
      networking.firewall.allowedUDPPorts = [ 51820 ];

      systemd.network.netdevs."30-wg0" = tunnel {
        own = "peer0";
        peer = "peer1";
        allowed = "10.66.0.0/24";
      };
      # networkd creates the interface, but does not configure it, because it is moved to the container.
      systemd.network.networks."30-wg0" = {
        matchConfig.Name = "wg0";
        linkConfig.Unmanaged = true;
      };

      nixos.containers.hidden = {
        nspawnNetwork = {
          Private = "yes";
          VirtualEthernet = "no";
          Interface = "wg0";
        };
        config = {
          imports = [ (import ./parts/serves.nix "hidden") ];
          systemd.network.networks."20-wg0" = {
            matchConfig.Name = "wg0";
            address = [ "10.66.0.1/24" ];
            linkConfig.RequiredForOnline = "no";
          };
        };
      };
      systemd.services."systemd-nspawn@hidden" = {
        wants = [ "sys-subsystem-net-devices-wg0.device" ];
        after = [ "sys-subsystem-net-devices-wg0.device" ];
      };
    };

    peer =
      { nodes, ... }:
      {
        virtualisation.vlans = [ 1 ];
        networking.useNetworkd = true;
        systemd.network = {
          netdevs."30-wg0" = tunnel {
            own = "peer1";
            peer = "peer0";
            allowed = "10.66.0.1/32";
            endpoint = "${
              (builtins.head nodes.host.networking.interfaces.eth1.ipv4.addresses).address
            }:51820";
          };
          networks."30-wg0" = {
            matchConfig.Name = "wg0";
            address = [ "10.66.0.2/24" ];
          };
        };
      };
  };

  testScript = ''
    start_all()
    host.wait_for_unit("systemd-nspawn@hidden.service")
    peer.wait_for_unit("multi-user.target")

    with subtest("the container can be reached through the tunnel"):
        peer.wait_until_succeeds("curl --fail --silent --max-time 5 http://10.66.0.1/ | grep ^hidden", timeout=120)

    with subtest("the container has no other interface, and the host has no wg0"):
        links = host.succeed("nixos-nspawn run hidden -- ls /sys/class/net").split()
        assert sorted(links) == ["lo", "wg0"], links
        host.fail("ip link show wg0")
  '';
}
