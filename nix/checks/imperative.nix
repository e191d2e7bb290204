# The commands for a container: create, update, rollback and remove, and requests that must be refused.
{ pkgs, ... }:
let
  prebuilt = import ./parts/prebuilt.nix {
    inherit pkgs;
    name = "web";
  };
  first = prebuilt [ (import ./parts/serves.nix "first") ];
  second = prebuilt [
    (import ./parts/serves.nix "second")
    { nixosContainer.activation.strategy = "reload"; }
  ];
  broken = prebuilt [
    (import ./parts/serves.nix "broken")
    {
      # It never reports that it is ready.
      systemd.services.stuck = {
        wantedBy = [ "multi-user.target" ];
        before = [ "multi-user.target" ];
        serviceConfig = {
          Type = "oneshot";
          ExecStart = "${pkgs.coreutils}/bin/sleep infinity";
          TimeoutStartSec = "infinity";
        };
      };
      nixosContainer.timeoutStartSec = "20s";
    }
  ];
in
{
  name = "nixos-nspawn-imperative";

  nodes.machine = {
    imports = [ ./parts/host.nix ];
    virtualisation.additionalPaths = [
      first
      second
      broken
    ];

    # A change of the template of the container's service, as in each update of the host's packages.
    specialisation.other.configuration.systemd.services."systemd-nspawn@".environment.OTHER = "1";
  };

  testScript = ''
    import json

    def container(name: str):
        return next(c for c in json.loads(machine.succeed("nixos-nspawn list --json")) if c["name"] == name)

    machine.wait_for_unit("multi-user.target")

    with subtest("a created container runs, and serves under its name"):
        machine.succeed("nixos-nspawn create web --profile ${first}")
        assert container("web")["state"] == "running", container("web")
        assert container("web")["is_imperative"] is True, container("web")
        machine.wait_until_succeeds("curl --fail --silent http://web/ | grep ^first", timeout=60)

    with subtest("an existing container is not created again"):
        code, _ = machine.execute("nixos-nspawn create web --profile ${first}")
        assert code == 4, code

    with subtest("a reload applies the new configuration to the running container"):
        leader = machine.succeed("machinectl show web --property Leader")
        machine.succeed("nixos-nspawn update web --profile ${second}")
        assert machine.succeed("nixos-nspawn run web -- cat /etc/says") == "second"
        assert machine.succeed("machinectl show web --property Leader") == leader

    with subtest("a configuration that does not start is replaced with the previous one"):
        code, _ = machine.execute("nixos-nspawn update web --profile ${broken} --strategy restart", timeout=300)
        assert code == 8, code
        assert machine.succeed("nixos-nspawn run web -- cat /etc/says") == "second"

    with subtest("a rollback restores the old configuration"):
        machine.succeed("nixos-nspawn rollback web --to 1 --strategy restart")
        assert machine.succeed("nixos-nspawn run web -- cat /etc/says") == "first"
        assert container("web")["generation"] == 1, container("web")

    with subtest("a switch of the host does not restart the container"):
        leader = machine.succeed("machinectl show web --property Leader")
        machine.succeed("/run/booted-system/specialisation/other/bin/switch-to-configuration test", timeout=300)
        assert "OTHER=1" in machine.succeed("systemctl show --value -p Environment systemd-nspawn@web")
        assert machine.succeed("machinectl show web --property Leader") == leader

    with subtest("remove keeps only the state"):
        machine.succeed("touch /var/lib/machines/web/var/kept")
        machine.succeed("nixos-nspawn remove web")
        machine.fail("machinectl show web")
        machine.fail("find /etc/systemd/nspawn /nix/var/nix/profiles/per-nspawn -name 'web*' | grep .")
        machine.succeed("test -e /var/lib/machines/web/var/kept")
  '';
}
