# Imperative containers after a reboot of the host.
{ pkgs, ... }:
let
  container =
    name: module:
    import ./parts/prebuilt.nix { inherit pkgs name; } [
      (import ./parts/serves.nix name)
      module
    ];
  web = container "web" {
    # Its drop-in must exist when it starts.
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

    # Nothing else syncs the links of the profiles before the shutdown.
    machine.succeed("sync")
    machine.shutdown()
    machine.start()

    machine.wait_for_unit("nixos-nspawn-autostart.service")
    with subtest("the container with autoStart runs, with its files and limits"):
        machine.succeed("nixos-nspawn run web -- test -e /var/lib/state")
        machine.wait_until_succeeds("curl --fail --silent http://web/ | grep ^web", timeout=60)
        assert machine.succeed("systemctl show --value -p MemoryMax systemd-nspawn@web").strip() == str(512 * 1024**2)

    with subtest("the other container runs only after an explicit start"):
        machine.fail("machinectl show idle")
        machine.succeed("nixos-nspawn start idle")
        machine.succeed("machinectl show idle")
  '';
}
