# A container with an address in the network of an interface of the host.
{
  name = "nixos-nspawn-macvlan";

  nodes = {
    host = {
      imports = [ ./parts/host.nix ];
      virtualisation.vlans = [ 1 ];

      # The module's option and NixOS's option both affect the .nspawn file.
      nixos.containers.web = {
        nspawnNetwork.VirtualEthernet = "no";
        config = {
          imports = [ (import ./parts/serves.nix "macvlan") ];
          systemd.network.networks."20-mv-eth1" = {
            matchConfig.Name = "mv-eth1";
            address = [ "192.168.1.77/24" ];
            linkConfig.RequiredForOnline = "no";
          };
        };
      };
      systemd.nspawn.web.settings.Network.MACVLAN = "eth1";
    };

    outside = {
      virtualisation.vlans = [ 1 ];
      networking.useNetworkd = true;
    };
  };

  testScript = ''
    start_all()
    host.wait_for_unit("systemd-nspawn@web.service")
    outside.wait_for_unit("multi-user.target")

    outside.wait_until_succeeds("curl --fail --silent http://192.168.1.77/ | grep ^macvlan", timeout=60)

    with subtest("it has no link to the host"):
        host.fail("ip link show ve-web")
        links = host.succeed("nixos-nspawn run web -- ip -brief link")
        assert "mv-eth1" in links and "host0" not in links, links
  '';
}
