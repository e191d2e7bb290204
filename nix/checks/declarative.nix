# Containers in the configuration of a host.
{
  name = "nixos-nspawn-declarative";

  nodes.machine = {
    imports = [ ./parts/host.nix ];

    # The store paths of `alone` are mapped to its users. An EROFS image supports this (mount_setattr(2)). A writable store
    # is an overlayfs (nixos/modules/virtualisation/qemu-vm.nix), which does not support it.
    virtualisation = {
      useNixStoreImage = true;
      writableStore = false;
    };

    nixos.containers = {
      web = {
        config = import ./parts/serves.nix "declared";
        bindMounts = [
          {
            hostPath = "/srv/shared";
            containerPath = "/var/shared";
            create = true;
          }
        ];
        resources.memoryMax = "512M";
        credentials = [
          {
            id = "token";
            path = "/etc/token";
          }
        ];
      };
      # Sees only the store paths of its own configuration, and has its own users.
      instances.alone = {
        config = import ./parts/serves.nix "alone";
        sharedNix = false;
        userNamespacing = true;
      };
      idle = {
        config = import ./parts/serves.nix "idle";
        activation.autoStart = false;
      };
    };

    environment.etc.token.text = "a secret of the test";
  };

  testScript = ''
    import json

    machine.wait_for_unit("systemd-nspawn@web.service")
    machine.wait_for_unit("systemd-nspawn@alone.service")

    with subtest("they serve under their names"):
        machine.wait_until_succeeds("curl --fail --silent http://web/ | grep ^declared", timeout=60)
        machine.wait_until_succeeds("curl --fail --silent http://alone/ | grep ^alone", timeout=60)

    with subtest("a container without autoStart does not run, and can be started"):
        machine.fail("machinectl show idle")
        machine.succeed("systemctl start systemd-nspawn@idle")
        machine.succeed("machinectl show idle")

    with subtest("mounts, limits and credentials are those of the configuration"):
        machine.succeed("echo hello > /srv/shared/file")
        assert machine.succeed("nixos-nspawn run web -- cat /var/shared/file") == "hello\n"
        assert machine.succeed("systemctl show --value -p MemoryMax systemd-nspawn@web").strip() == str(512 * 1024**2)
        token = machine.succeed(
            "nixos-nspawn run web -- systemd-run --quiet --pipe --wait -p LoadCredential=token systemd-creds cat token"
        )
        assert token == "a secret of the test", token

    with subtest("a container without the host's store sees only its own store paths"):
        own = machine.succeed("nixos-nspawn run alone -- readlink -f /run/current-system").strip()
        machine.succeed(f"nixos-nspawn run alone -- test -e {own}/init")
        host = machine.succeed("readlink -f /run/current-system").strip()
        machine.fail(f"nixos-nspawn run alone -- test -e {host}")

    with subtest("its root has no rights on the host"):
        leader = machine.succeed("machinectl show alone --property Leader --value").strip()
        uid = machine.succeed(f"stat --format %u /proc/{leader}").strip()
        assert int(uid) > 65535, uid

    with subtest("the command line shows them, but does not change them"):
        kinds = {c["name"]: c["type"] for c in json.loads(machine.succeed("nixos-nspawn list --json"))}
        assert kinds == {"alone": "declarative", "idle": "declarative", "web": "declarative"}, kinds
        code, _ = machine.execute("nixos-nspawn remove web")
        assert code == 5, code
  '';
}
