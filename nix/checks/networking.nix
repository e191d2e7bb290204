# The network of a container, as seen from another machine: forwarded ports, masquerading, an IPv6 prefix, and a bridge of
# the host.
{ lib, ... }:
{
  name = "nixos-nspawn-networking";

  nodes = {
    host = {
      imports = [ ./parts/host.nix ];
      virtualisation.vlans = [ 1 ];

      nixos.containers = {
        web = {
          config = import ./parts/serves.nix "web";
          forwardPorts = [
            {
              hostPort = 8181;
              containerPort = 80;
            }
          ];
          hostNetworkConfig.ipv6Prefixes = [
            {
              Prefix = "fd12:3456:789a:1::/64";
              Assign = true;
            }
          ];
          containerNetworkConfig.address = [ "fd12:3456:789a:1::2/64" ];
        };
        bridged = {
          config = import ./parts/serves.nix "bridged";
          bridge = "br0";
          containerNetworkConfig = {
            address = [ "10.44.0.2/24" ];
            networkConfig.DHCP = "no";
          };
        };
      };

      systemd.network = {
        netdevs."10-br0".netdevConfig = {
          Name = "br0";
          Kind = "bridge";
        };
        networks."10-br0" = {
          matchConfig.Name = "br0";
          address = [ "10.44.0.1/24" ];
          networkConfig.ConfigureWithoutCarrier = true;
        };
      };
    };

    outside = {
      imports = [ (import ./parts/serves.nix "outside") ];
      virtualisation.vlans = [ 1 ];
      networking.useNetworkd = true;
      networking.firewall.enable = lib.mkForce false;
    };
  };

  testScript =
    { nodes, ... }:
    let
      address = node: (builtins.head node.networking.interfaces.eth1.ipv4.addresses).address;
      host = address nodes.host;
      outside = address nodes.outside;
    in
    ''
      start_all()
      host.wait_for_unit("systemd-nspawn@web.service")
      host.wait_for_unit("systemd-nspawn@bridged.service")
      outside.wait_for_unit("nginx.service")
      host.wait_until_succeeds("curl --fail --silent http://web/ | grep ^web", timeout=60)

      with subtest("a port of the host is forwarded to the container, from another machine and despite the firewall"):
          outside.wait_until_succeeds("curl --fail --silent http://${host}:8181/ | grep ^web", timeout=60)
          outside.fail("curl --fail --silent --max-time 5 http://${host}:80/")

      with subtest("the container reaches the outside with the host's address"):
          seen = host.succeed("nixos-nspawn run web -- curl --fail --silent http://${outside}/")
          assert seen == "outside for ${host}\n", seen

      with subtest("the container and the host have IPv6 addresses"):
          host.wait_until_succeeds("ping -6 -c1 fd12:3456:789a:1::2", timeout=60)
          assert "fd12:3456:789a:1::2" in host.succeed("nixos-nspawn addresses web --ipv6")

      with subtest("a container at a bridge of the host is connected to the bridge"):
          host.wait_until_succeeds("curl --fail --silent http://10.44.0.2/ | grep ^bridged", timeout=60)
          host.succeed("ip link show vb-bridged | grep 'master br0'")
    '';
}
