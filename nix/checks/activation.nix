# The effect of a switch of the host on running containers, for each strategy.
{ lib, ... }:
let
  strategies = [
    "none"
    "reload"
    "restart"
    "dynamic"
  ];
  # One container for each strategy. `moved` has the strategy dynamic, and its mounts change too.
  containers =
    text:
    lib.genAttrs (strategies ++ [ "moved" ]) (name: {
      config = import ./parts/serves.nix text;
      activation.strategy = if name == "moved" then "dynamic" else name;
    });
in
{
  name = "nixos-nspawn-activation";

  nodes.machine = {
    imports = [ ./parts/host.nix ];
    virtualisation.memorySize = 3072;

    nixos.containers.instances = lib.mkDefault (containers "before");

    specialisation.after.configuration.nixos.containers.instances = lib.mkMerge [
      (containers "after")
      { moved.bindMounts = [ "/home" ]; }
    ];
  };

  testScript = ''
    names = ["none", "reload", "restart", "dynamic", "moved"]

    def leaders() -> dict:
        return {name: machine.succeed(f"machinectl show {name} --property Leader --value").strip() for name in names}

    def says() -> dict:
        return {name: machine.succeed(f"nixos-nspawn run {name} -- cat /etc/says") for name in names}

    for name in names:
        machine.wait_for_unit(f"systemd-nspawn@{name}.service")
    before = leaders()
    assert set(says().values()) == {"before"}, says()

    machine.succeed("/run/booted-system/specialisation/after/bin/switch-to-configuration test", timeout=300)

    with subtest("all except `none' have applied the new configuration"):
        assert says() == {**dict.fromkeys(names, "after"), "none": "before"}, says()

    with subtest("only containers that need or request a restart have restarted"):
        after = leaders()
        assert {name for name in names if after[name] != before[name]} == {"restart", "moved"}, (before, after)
        machine.succeed("nixos-nspawn run moved -- mountpoint /home")

    with subtest("a manual restart applies the new configuration to `none'"):
        machine.succeed("systemctl restart systemd-nspawn@none")
        assert says()["none"] == "after"
  '';
}
