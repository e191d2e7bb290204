# Imperative containers over a reboot of their host.
{ pkgs, ... }:
let
  container =
    name: module:
    import ./parts/prebuilt.nix { inherit pkgs name; } [
      (import ./parts/serves.nix name)
      module
    ];
  web = container "web" {
    # Its drop-in must be there again when it starts.
    nixosContainer.resources.memoryMax = "512M";
  };
  idle = container "idle" { nixosContainer.activation.autoStart = false; };
in
{
  name = "nixos-nspawn-autostart";

  nodes.machine = {
    imports = [ ./parts/host.nix ];
    virtualisation.additionalPaths = [
      web
      idle
    ];
  };

  testScript = ''
    machine.wait_for_unit("multi-user.target")
    machine.succeed("nixos-nspawn create web --profile ${web}")
    machine.succeed("nixos-nspawn create idle --profile ${idle}")
    machine.succeed("nixos-nspawn run web -- touch /var/lib/state")

    # The profiles' links are not synced by anything else before the power goes.
    machine.succeed("sync")
    machine.shutdown()
    machine.start()

    machine.wait_for_unit("nixos-nspawn-autostart.service")
    with subtest("the one that is to start runs, with its files and its limits"):
        machine.succeed("nixos-nspawn run web -- test -e /var/lib/state")
        machine.wait_until_succeeds("curl --fail --silent http://web/ | grep ^web", timeout=60)
        assert machine.succeed("systemctl show --value -p MemoryMax systemd-nspawn@web").strip() == str(512 * 1024**2)

    with subtest("the other one does not, until it is told to"):
        machine.fail("machinectl show idle")
        machine.succeed("nixos-nspawn start idle")
        machine.succeed("machinectl show idle")
  '';
}
