# The module for the NixOS of every container: the option `nixosContainer`, and the settings for systemd-nspawn.
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
  # The reader of an error looks for the settings in the container's configuration, but some may be elsewhere.
  defaultsHint =
    if settings.hostDefaults == { } then
      ""
    else
      " The host has defaults for ${
        lib.concatMapStringsSep ", " (option: "`${option}'") (lib.attrNames settings.hostDefaults)
      }, in `${if declarative then "nixos.containers.hostDefaults" else "/etc/nixos-nspawn/defaults.nix"}'.";
  onlyWithWritableStore.unitConfig.ConditionPathIsReadWrite = [ "/nix/store" ];
in
{
  imports = [
    ./boot.nix
    ./nspawn-settings.nix
  ];

  options = {
    nixosContainer = import ../options.nix { inherit lib declarative; };

    # A host may have many containers, and NixOS does not name the container in a message.
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
        message = message + defaultsHint;
        named = true;
      }) (units.problems { inherit name settings; });

      warnings =
        let
          networkd = lib.optional config.systemd.network.enable "AF_NETLINK";
          dhcp = lib.optional (networkd != [ ] && settings.containerNetworkConfig == null) "AF_PACKET";
          missing = units.families.missing settings (networkd ++ dhcp);
        in
        lib.optional (missing != [ ])
          "`restrictAddressFamilies' does not contain ${lib.concatStringsSep " and " missing}, without which systemd-networkd cannot configure the container's link.";

      networking = {
        hostName = mkDefault (units.names.hostName name);
        # networkd configures the network from the beginning of the boot. The host's resolv.conf is not used.
        useNetworkd = true;
        useDHCP = false;
        useHostResolvConf = false;
        # systemd-resolved provides resolv.conf. Otherwise the two options that create it depend on each other
        # (https://github.com/NixOS/nixpkgs/issues/353225).
        resolvconf.enable = mkDefault false;
      };

      systemd.network.networks = lib.mkMerge [
        (mkIf (settings.containerNetworkConfig != null) {
          ${units.networks.containerUnit} = networkOptions (units.networks.host0 settings) settings.containerNetworkConfig;
        })
        # systemd's own file is only for host0. The name must differ from that of the link's unit on the host, which an
        # imperative container can extend (./host-side.nix).
        (lib.mapAttrs' (host: link: {
          name = "25-${link.interface}";
          value = networkOptions (units.networks.inside { atBridge = units.networks.isAtBridge host; } link.interface) (
            if link.containerNetworkConfig == null then { } else link.containerNetworkConfig
          );
        }) settings.extraVeths)
      ];

      # The priority is higher than that of a default, and lower than that of the user's definition.
      nixosContainer.userNamespacing = mkIf (settings.privateUsers != null) (
        lib.mkOverride 900 (units.users.isNamespaced settings.privateUsers)
      );

      # The configuration defines all users. The host's root can enter without a password.
      users.mutableUsers = false;
      users.allowNoPasswordLogin = true;

      # For services too. NixOS sets the variable NIX_REMOTE only for the users of a container.
      nix.settings = mkIf settings.mountDaemonSocket {
        store = mkDefault "daemon";
        # Otherwise a Nix that uses the store directly would change the group of the host's store to this group.
        build-users-group = mkDefault "";
      };
    }
    {
      # The store is read-only in the container, and the host's Nix maintains it. Use a condition instead of `enable`,
      # because many configurations enable garbage collection in a module for hosts and containers.
      systemd = mkIf config.nix.enable {
        services = lib.genAttrs [ "nix-daemon" "nix-gc" "nix-optimise" ] (_: onlyWithWritableStore);
        sockets.nix-daemon = onlyWithWritableStore;
      };
    }
    (mkIf (config.systemd.network.enable && settings.bridge == null) {
      # For systemd's own file, which a container without `containerNetworkConfig` uses.
      environment.etc."systemd/network/80-container-host0.network.d/10-nixos-nspawn.conf".text = ''
        [DHCPv4]
        ClientIdentifier=${units.networks.keptLease.ClientIdentifier}
        SendRelease=no
      '';
    })
    (mkIf (settings.networkNamespace != null) {
      systemd.network.enable = lib.mkForce false;
      systemd.network.wait-online.enable = false;
    })
    (mkIf (settings.resolvConf != null && builtins.match "(copy|replace|bind)-.*" settings.resolvConf != null) {
      services.resolved.enable = lib.mkOverride 900 false;
      assertions = [
        {
          assertion = !config.services.resolved.enable && !config.networking.resolvconf.enable;
          message = "`resolvConf = \"${settings.resolvConf}\"' has no effect, because systemd-resolved or resolvconf of the container writes /etc/resolv.conf. Disable them, or remove `resolvConf'.";
        }
      ];
    })
    (mkIf settings.userNamespacing {
      # The kernel accepts only groups of the user namespace, but NixOS's default goes up to 2147483647. The priority is
      # higher than that of a default, and lower than that of the user's definition.
      boot.kernel.sysctl."net.ipv4.ping_group_range" = lib.mkOverride 900 "0 65535";
    })
    (lib.optionalAttrs (options.boot ? specialFileSystems) {
      # systemd-nspawn has mounted them. The activation would mount them again with other options, which the kernel does
      # not permit in a user namespace.
      boot.specialFileSystems = mkIf settings.userNamespacing (lib.mkForce { });
    })
    (lib.optionalAttrs (options.system ? systemBuilderCommands) {
      # A container has no initrd, even if a configuration that it shares with hosts enables one. In older versions of
      # NixOS, the init of such a system expects an activated system, and the init for a container is prepare-root.
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
          message = "`system.etc.overlay.enable' is not possible in a user namespace, because the kernel does not mount the image of /etc there. Set `nixosContainer.userNamespacing = false;', or disable the overlay.";
        }
        {
          # These commands check whether /etc is already a mount point.
          assertion = lib.hasInfix "mountpoint -q /etc" config.system.build.etcActivationCommands;
          message = "`system.etc.overlay.enable' requires an initrd in this version of NixOS, but a container has no initrd. Use a newer nixpkgs, or disable the overlay.";
        }
      ];
      system.activationScripts = {
        # Replaces the script of NixOS, and runs before users are created. Otherwise they would be created in the /etc below
        # the overlay, because there is no initrd.
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
            # systemd-nspawn reads the machine id below the overlay, and generates a new one for each boot if there is none
            # (setup_machine_id in src/nspawn/nspawn.c). Leases and the journal's directory depend on it.
            ''
              if [ -n "''${container_uuid-}" ] && ! mountpoint -q /etc; then
                case $(cat /etc/machine-id 2>/dev/null || true) in
                  "" | uninitialized) echo "''${container_uuid//-/}" >/etc/machine-id ;;
                esac
              fi
            ''
            # The kernel cannot mount an EROFS image from an overlay, such as the container's store (erofs_fc_get_tree in
            # fs/erofs/super.c), and a container has no loop devices. So mount a copy from the container's own file system over
            # the image, until NixOS has mounted it. The mount still works after the copy is deleted.
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
      # NixOS has isNspawnContainer since the end of 2025. It implies isContainer.
      boot = if options.boot ? isNspawnContainer then { isNspawnContainer = true; } else { isContainer = true; };
    }
  ];
}
