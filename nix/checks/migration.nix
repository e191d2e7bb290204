# Migrations from NixOS's `containers` to this module, and from imperative to declarative, keep the network, the mounts
# and the state.
{ pkgs, ... }:
let
  imperative = import ./parts/prebuilt.nix {
    inherit pkgs;
    name = "moving";
  } [ (import ./parts/serves.nix "imperative") ];
in
{
  name = "nixos-nspawn-migration";

  nodes.machine = {
    imports = [ ./parts/host.nix ];
    virtualisation.additionalPaths = [ imperative ];
    users.users.alice.isNormalUser = true;

    specialisation = {
      # The examples of the manual.
      old.configuration = ../examples/migration/before.nix;
      new.configuration = {
        imports = [ ../examples/migration/after.nix ];
        nixos.containers.moving.config = import ./parts/serves.nix "declarative";
      };
    };
  };

  testScript = ''
    def switch(to: str) -> None:
        machine.succeed(f"/run/booted-system/specialisation/{to}/bin/switch-to-configuration test", timeout=300)

    machine.wait_for_unit("multi-user.target")
    machine.succeed("echo mine > /home/alice/file")

    with subtest("before: a container of NixOS's module"):
        switch("old")
        # Start it, because `autoStart` of NixOS's module is false by default.
        machine.succeed("systemctl start container@mycontainer.service")
        machine.wait_for_unit("container@mycontainer.service")
        machine.wait_until_succeeds("ping -c1 10.231.136.2", timeout=60)
        assert machine.succeed("nixos-container run mycontainer -- cat /home/file") == "mine\n"
        machine.succeed("nixos-container run mycontainer -- touch /var/lib/state")

    with subtest("an imperative container that will become declarative"):
        machine.succeed("nixos-nspawn create moving --profile ${imperative}")
        machine.succeed("nixos-nspawn run moving -- touch /var/lib/state")
        machine.succeed("nixos-nspawn remove moving")

    with subtest("after: the addresses, mounts and state are the same"):
        machine.succeed("systemctl stop container@mycontainer")
        machine.succeed("mv /var/lib/nixos-containers/mycontainer /var/lib/machines/mycontainer")
        switch("new")
        machine.wait_for_unit("systemd-nspawn@mycontainer.service")
        machine.wait_until_succeeds("ping -c1 10.231.136.2", timeout=60)
        machine.succeed("ip -4 -brief address show ve-mycontainer | grep 10.231.136.1/28")
        assert machine.succeed("nixos-nspawn run mycontainer -- cat /home/file") == "mine\n"
        machine.succeed("nixos-nspawn run mycontainer -- test -e /var/lib/state")

    with subtest("the imperative container is now declarative, with the same files"):
        machine.wait_for_unit("systemd-nspawn@moving.service")
        assert machine.succeed("nixos-nspawn run moving -- cat /etc/says") == "declarative"
        machine.succeed("nixos-nspawn run moving -- test -e /var/lib/state")
  '';
}
