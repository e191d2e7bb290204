# What every container's NixOS has: the option `nixosContainer`, and a system that fits into systemd-nspawn.
{
  name,
  declarative,
}:
{
  config,
  lib,
  options,
  ...
}:
let
  inherit (lib) mkDefault mkIf mkOption;
  units = import ../units;
  settings = config.nixosContainer;
  inherit (import ../network-options.nix { inherit lib; }) networkOptions;
  onlyWithWritableStore.unitConfig.ConditionPathIsReadWrite = [ "/nix/store" ];
in
{
  imports = [ ./nspawn-settings.nix ];

  options = {
    nixosContainer = import ../options.nix { inherit lib declarative; };

    # A host may have many containers, and NixOS does not say whose message it is.
    warnings = mkOption { apply = map (text: "Container `${name}': ${text}"); };
    assertions = mkOption {
      apply = map (
        assertion:
        assertion
        // {
          message =
            if assertion.named or false then assertion.message else "Container `${name}': ${assertion.message}";
        }
      );
    };
  };

  config = lib.mkMerge [
    {
      assertions = map (message: {
        assertion = false;
        inherit message;
        named = true;
      }) (units.problems { inherit name settings; });

      networking = {
        hostName = mkDefault (units.names.hostName name);
        # The network is networkd's from the first moment of the boot; the host's resolv.conf has no say.
        useNetworkd = true;
        useDHCP = false;
        useHostResolvConf = false;
        # The container's resolv.conf is resolved's; else the two options that make one depend on each other
        # (https://github.com/NixOS/nixpkgs/issues/353225).
        resolvconf.enable = mkDefault false;
      };

      systemd.network.networks = mkIf (settings.containerNetworkConfig != null) {
        ${units.networks.containerUnit} = networkOptions units.networks.host0 settings.containerNetworkConfig;
      };

      # Users are made by the configuration; a host's root comes in without a password.
      users.mutableUsers = false;
      users.allowNoPasswordLogin = true;

      # Services too, which do not get the variable NIX_REMOTE that NixOS sets for users of a container.
      nix.settings = mkIf settings.mountDaemonSocket {
        store = mkDefault "daemon";
        # A Nix that is told to use the store itself would otherwise give the host's store to this group.
        build-users-group = mkDefault "";
      };
    }
    {
      # The store is read-only here, and the host's Nix takes care of it. A condition rather than `enable`: many
      # configurations have garbage collection in a module that hosts and containers share.
      systemd = mkIf config.nix.enable {
        services = lib.genAttrs [ "nix-daemon" "nix-gc" "nix-optimise" ] (_: onlyWithWritableStore);
        sockets.nix-daemon = onlyWithWritableStore;
      };
    }
    (mkIf settings.userNamespacing {
      # The kernel takes only groups that the user namespace has; NixOS's default goes up to 2147483647. Stronger than
      # a default, weaker than what a user says.
      boot.kernel.sysctl."net.ipv4.ping_group_range" = lib.mkOverride 900 "0 65535";
    })
    (lib.optionalAttrs (options.boot ? specialFileSystems) {
      # systemd-nspawn has mounted them. In a user namespace the kernel lets nobody mount them again with other options,
      # as the activation does.
      boot.specialFileSystems = mkIf settings.userNamespacing (lib.mkForce { });
    })
    {
      # isNspawnContainer came to NixOS at the end of 2025, and implies isContainer.
      boot = if options.boot ? isNspawnContainer then { isNspawnContainer = true; } else { isContainer = true; };
    }
  ];
}
