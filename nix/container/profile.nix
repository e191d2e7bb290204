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
    (lib.optionalAttrs (options.system ? systemBuilderCommands) {
      # A container has no initrd, whatever a configuration that it shares with hosts says of one. An older NixOS still
      # gives the system an init that expects an activated system, and gives its own init the name prepare-root.
      system.systemBuilderCommands = mkIf (config.boot.initrd.systemd.enable or false) (
        lib.mkBefore ''
          [ ! -e $out/prepare-root ] || mv -f $out/prepare-root $out/init
        ''
      );
    })
    (mkIf (config.system.etc.overlay.enable or false) {
      assertions = [
        {
          assertion = !settings.userNamespacing;
          message = "`system.etc.overlay.enable' is not possible in a user namespace, where the kernel does not mount the image of /etc. Set `nixosContainer.userNamespacing = false;', or do without the overlay.";
        }
        {
          # Its commands look whether there is a mount at /etc already.
          assertion = lib.hasInfix "mountpoint -q /etc" config.system.build.etcActivationCommands;
          message = "`system.etc.overlay.enable' takes an initrd in this version of NixOS, and a container has none. Use a newer nixpkgs, or do without the overlay.";
        }
      ];
      system.activationScripts = {
        # In place of NixOS's own, and before it makes users: without an initrd, they would be in the /etc beneath.
        etc = {
          deps = [ "etcOverlay" ];
          text = lib.mkForce "";
        };
        etcOverlay = {
          deps = [ "specialfs" ];
          text =
            let
              image = config.system.build.etcMetadataImage;
            in
            # systemd-nspawn takes the machine's id from beneath the overlay, and makes up another one for each boot where
            # it finds none (setup_machine_id in src/nspawn/nspawn.c). Leases and the journal's directory go by it.
            ''
              if [ -n "''${container_uuid-}" ] && ! mountpoint -q /etc; then
                case $(cat /etc/machine-id 2>/dev/null || true) in
                  "" | uninitialized) echo "''${container_uuid//-/}" >/etc/machine-id ;;
                esac
              fi
            ''
            # The kernel mounts no EROFS from a file of an overlay, such as the container's store (erofs_fc_get_tree in
            # fs/erofs/super.c), and a container has no loop devices. So a copy on the container's own file system is in
            # the image's place while NixOS mounts it. The mounted image goes on holding the copy.
            + ''
              etcImage=$(mktemp /.etc-image.XXXXXXXXXX)
              cp ${image} "$etcImage"
              mount --bind "$etcImage" ${image}
            ''
            + config.system.build.etcActivationCommands
            + ''
              umount --lazy ${image}
              rm -f "$etcImage"
            '';
        };
        users = mkIf (!(config.services.userborn.enable or false) && !config.systemd.sysusers.enable) {
          deps = [ "etcOverlay" ];
        };
      };
    })
    {
      # isNspawnContainer came to NixOS at the end of 2025, and implies isContainer.
      boot = if options.boot ? isNspawnContainer then { isNspawnContainer = true; } else { isContainer = true; };
    }
  ];
}
