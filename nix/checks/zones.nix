# The containers of a zone share a network. Containers of another zone are not part of it.
{
  name = "nixos-nspawn-zones";

  nodes.machine = {
    imports = [ ./parts/host.nix ];

    nixos.containers = {
      zones.lab.address = [
        ""
        "10.55.0.1/24"
      ];
      instances =
        let
          member = zone: address: {
            inherit zone;
            config = import ./parts/serves.nix zone;
            containerNetworkConfig.address = [ address ];
          };
        in
        {
          one = member "lab" "10.55.0.11/24";
          two = member "lab" "10.55.0.12/24";
          # A zone that the host does not configure has systemd's defaults.
          three.zone = "other";
        };
    };
  };

  testScript = ''
    for name in ["one", "two", "three"]:
        machine.wait_for_unit(f"systemd-nspawn@{name}.service")

    with subtest("the host has the zone's address"):
        machine.wait_until_succeeds("ip -4 -brief address show vz-lab | grep '10.55.0.1/24'", timeout=60)

    with subtest("containers of the zone reach each other and the host"):
        machine.wait_until_succeeds("nixos-nspawn run one -- curl --fail --silent http://10.55.0.12/ | grep ^lab", timeout=60)
        machine.succeed("nixos-nspawn run two -- ping -c1 10.55.0.1")

    with subtest("the two are connected to one bridge, and the third to another"):
        links = machine.succeed("ip -brief link show master vz-lab")
        assert "vb-one" in links and "vb-two" in links and "vb-three" not in links, links
        assert "vb-three" in machine.succeed("ip -brief link show master vz-other")

    with subtest("the zone is deleted with its last container"):
        machine.succeed("systemctl stop systemd-nspawn@three")
        machine.wait_until_fails("ip link show vz-other", timeout=60)
  '';
}
