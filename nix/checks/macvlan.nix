# A container with an address of its own in the network of one of the host's interfaces.
{
  name = "nixos-nspawn-macvlan";

  nodes = {
    host = {
      imports = [ ./parts/host.nix ];
      virtualisation.vlans = [ 1 ];

      # By the module's own option, and by NixOS's: both reach the .nspawn file.
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

    with subtest("it has no link to the host beside"):
        host.fail("ip link show ve-web")
        links = host.succeed("nixos-nspawn run web -- ip -brief link")
        assert "mv-eth1" in links and "host0" not in links, links
  '';
}
