# What every container's NixOS has: the option `nixosContainer`, and a system that fits into systemd-nspawn.
{
  name,
  declarative,
}:
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  inherit (lib) mkDefault mkIf mkOption;
  units = import ../units;
  settings = config.nixosContainer;
  inherit (import ../network-options.nix { inherit lib; }) networkOptions;
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

      # With users of its own, the container sees the store as nobody's, and sudo loads no plugin from there.
      security.sudo.package = mkIf settings.userNamespacing (
        mkDefault (pkgs.sudo-nspawn or (import ../sudo-nspawn.nix { inherit (pkgs) sudo; }))
      );

      # Where the host's daemon socket is mounted, the container's own daemon must not take its place. (Elsewhere the
      # condition would keep it from coming back: systemd leaves the file of a socket that it closes.)
      systemd.sockets = mkIf settings.mountDaemonSocket {
        nix-daemon.unitConfig.ConditionPathExists = [ "!/nix/var/nix/daemon-socket/socket" ];
      };
    }
    {
      # isNspawnContainer came to NixOS at the end of 2025, and implies isContainer.
      boot = if options.boot ? isNspawnContainer then { isNspawnContainer = true; } else { isContainer = true; };
    }
  ];
}
