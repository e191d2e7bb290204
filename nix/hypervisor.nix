# The NixOS module for a host: declarative containers, zones, and what both kinds of containers need on a host.
{
  config,
  lib,
  modulesPath,
  options,
  pkgs,
  ...
}:
let
  inherit (lib)
    mkEnableOption
    mkForce
    mkIf
    mkMerge
    mkOption
    types
    literalExpression
    literalMD
    ;
  units = import ./units;
  own = import ./types.nix { inherit lib; };
  define = import ./container/definitions.nix { inherit lib; };
  sectionsOf = import ./container/sections.nix;
  inherit (import ./network-options.nix { inherit lib; }) definitions networkOptions;

  cfg = config.nixos.containers;
  declaredHere = [
    "instances"
    "zones"
    "enableAutostartService"
    "enableNat"
    "hostDefaults"
    "openFirewall"
    "package"
    "presetModules"
  ];
  direct = removeAttrs cfg declaredHere;
  instances = cfg.instances // direct;
  clashes = lib.attrNames (builtins.intersectAttrs cfg.instances direct);

  instanceType = types.submodule (
    import ./hypervisor/instance.nix {
      inherit pkgs;
      hostConfig = config;
      inherit (cfg) presetModules;
      hostDefaults = cfg.hostDefaults.defined;
    }
  );

  containers = lib.mapAttrs (
    name: instance:
    import ./hypervisor/container.nix {
      inherit
        config
        lib
        pkgs
        name
        ;
      evaluation = instance.config;
    }
  ) instances;
  eachContainer = f: mkMerge (lib.mapAttrsToList f containers);
  links = lib.concatMapAttrs (_: container: container.link) containers;

  # If `systemd.nspawn` has no `settings`, NixOS makes /etc/systemd/nspawn a link to a read-only directory, to which
  # imperative containers cannot be added. In this case, link each file separately, as later versions of NixOS do.
  isDirectory = !(import ./container/nspawn-declaration.nix { inherit lib modulesPath; } ? settings);
in
{
  imports = [ ./container/nspawn-settings.nix ];

  # Add the defaults of a container's link to each unit with the link's name, even if the user defines it. Otherwise a
  # unit with only `networkConfig.DNS = …` has no [Match], and networkd applies it to every interface of the host.
  options.systemd.network.networks = mkOption {
    type = types.attrsOf (
      types.submodule (
        { name, ... }:
        {
          # List the options, because the structure of a submodule cannot depend on its name.
          config = lib.genAttrs [ "matchConfig" "address" "linkConfig" "networkConfig" "extraConfig" ] (
            option: mkMerge (lib.optionals (links ? ${name}) (definitions links.${name} option))
          );
        }
      )
    );
  };

  options.nixos.containers = mkOption {
    default = { };
    example = literalExpression ''{ web.config.services.nginx.enable = true; zones.internal = { }; }'';
    description = ''
      NixOS containers on {manpage}`systemd-nspawn(1)`, by name. They can be defined here or in `instances`:
      `nixos.containers.web` is the same as `nixos.containers.instances.web`.
    '';
    type = types.submodule {
      freeformType = types.attrsOf instanceType;

      options = {
        instances = mkOption {
          type = types.attrsOf instanceType;
          default = { };
          example = literalExpression ''{ web.config.services.nginx.enable = true; }'';
          description = ''
            Containers by name. Each has its own NixOS configuration, runs in `systemd-nspawn@NAME.service`, stores
            its state in {file}`/var/lib/machines/NAME`, and is managed with {manpage}`machinectl(1)`.
          '';
        };

        zones = mkOption {
          type = types.attrsOf own.networkd;
          default = { };
          example = literalExpression ''{ internal.address = [ "" "10.100.200.1/24" ]; }'';
          description = ''
            Options for `vz-ZONE`, the host's interface of a network zone. See {option}`systemd.network.networks` for
            the list. A zone that is not defined here has systemd's defaults.
          '';
        };

        enableAutostartService = mkEnableOption "" // {
          default = true;
          example = false;
          description = ''
            Whether imperative containers start when the host boots, if their `activation.autoStart` is true.
          '';
        };

        openFirewall = mkEnableOption "" // {
          description = ''
            Whether the host's firewall accepts DHCP, DNS and LLMNR on the interfaces of containers (`ve-*`, `vz-*`,
            `vb-*`), so that containers get addresses and can resolve names.
          '';
        };

        enableNat = mkEnableOption "" // {
          description = ''
            Whether the host forwards and masquerades packets of containers (`networking.nat`), including IPv6, so
            that they can reach the internet.
          '';
        };

        hostDefaults = mkOption {
          type = types.submodule ./hypervisor/host-defaults.nix;
          default = { };
          visible = "shallow";
          example = literalExpression ''{ resources.memoryMax = "2G"; userNamespacing = true; }'';
          description = ''
            Defaults of this host for the options of containers, by the name of the option. They apply to declarative
            containers, and to imperative ones when they are created or updated from a configuration. A definition in
            the container's own configuration takes precedence, even with `mkDefault`. A definition of a list replaces
            the default. `environment`, `extraVeths`, `hostNetworks`, `limits`, `nspawnNetwork` and `plugins` keep the
            default's entries that the container does not define. In these, `mkDefault` takes precedence only on an
            entry, not on the whole set.

            For imperative containers, the defaults are in {file}`/etc/nixos-nspawn/defaults.nix`.
          '';
        };

        package = mkOption {
          type = types.package;
          default = pkgs.nixos-nspawn or (pkgs.callPackage ./package.nix { });
          defaultText = literalMD "`pkgs.nixos-nspawn`, or the package from the sources of this module";
          description = "The `nixos-nspawn` command to install.";
        };

        presetModules = mkOption {
          type = types.attrsOf types.path;
          default = { };
          example = literalExpression "{ ula = ./presets/ula.nix; }";
          description = ''
            Additional presets, by the name that containers use. A preset is a file with a function from parameters
            to a NixOS module for the container.
          '';
        };
      };
    };
  };

  config = mkMerge [
    {
      environment.systemPackages = [ cfg.package ];

      # The template's drop-in contains store paths of the host's packages. Without this, a switch of the host would
      # restart all running imperative containers when one of these paths changes.
      systemd.services."systemd-nspawn@".restartIfChanged = false;
    }

    (mkIf (isDirectory && config.systemd.nspawn != { }) {
      environment.etc = {
        "systemd/nspawn".enable = mkForce false;
      }
      // lib.mapAttrs' (name: nspawn: {
        name = "systemd/nspawn/${name}.nspawn";
        value.source = pkgs.writeText "${name}.nspawn" (units.render.nspawn (sectionsOf nspawn));
      }) (lib.filterAttrs (name: nspawn: nspawn.enable && !(instances ? ${name})) config.systemd.nspawn);
    })

    (mkIf (cfg.hostDefaults.defined != { }) {
      environment.etc."nixos-nspawn/defaults.nix".text = ''
        # From `nixos.containers.hostDefaults' of the host's configuration.
        ${import ./hypervisor/source.nix { inherit lib; } cfg.hostDefaults.defined}
      '';
    })

    (mkIf cfg.enableAutostartService {
      systemd.services.nixos-nspawn-autostart = {
        description = "Start imperative NixOS containers";
        wantedBy = [ "machines.target" ];
        before = [ "machines.target" ];
        # Containers continue to run while the host switches to another configuration.
        restartIfChanged = false;
        unitConfig.RequiresMountsFor = [
          "/etc/systemd/nspawn"
          "/nix/var/nix/profiles/per-nspawn"
          "/var/lib/machines"
        ];
        serviceConfig = {
          Type = "oneshot";
          RemainAfterExit = true;
          Restart = "on-failure";
          RestartSec = "30";
          ExecStart = "${cfg.package}/bin/nixos-nspawn autostart";
        };
      };
    })

    (mkIf cfg.openFirewall (
      let
        any = if config.networking.nftables.enable then "*" else "+";
        ports = {
          allowedUDPPorts = [
            53 # DNS
            67 # DHCP
            547 # DHCPv6
            5355 # LLMNR
          ];
          allowedTCPPorts = [
            53
            5355
          ];
        };
      in
      {
        networking.firewall.interfaces = lib.genAttrs [ "ve-${any}" "vz-${any}" "vb-${any}" ] (_: ports);
      }
    ))

    (mkIf cfg.enableNat {
      networking.nat = {
        enable = lib.mkDefault true;
        enableIPv6 = lib.mkDefault true;
      };
    })

    (mkIf (instances != { } || cfg.zones != { }) {
      assertions = [
        {
          assertion = clashes == [ ];
          message = "nixos.containers: ${lib.concatStringsSep ", " clashes} is defined twice, as `nixos.containers.NAME' and as `nixos.containers.instances.NAME'. Remove one of the definitions.";
        }
        {
          # A host in LXC is a container too, but it can run containers.
          assertion = !(config.boot.isNspawnContainer or config.boot.isContainer);
          message = "nixos.containers: this host is a container, and cannot run containers.";
        }
        {
          assertion = config.networking.useNetworkd;
          message = "nixos.containers: systemd-networkd configures the links of containers. Set `networking.useNetworkd = true;'.";
        }
      ]
      ++ map (zone: {
        assertion = units.names.isZone zone;
        message = "nixos.containers.zones: ${builtins.toJSON zone} is not a valid name for a zone. A name has 1 to 12 letters, digits, dashes, dots and underscores.";
      }) (lib.attrNames cfg.zones)
      ++ map (option: {
        assertion = false;
        message = "nixos.containers: `${option}' contains a line break or another control character.";
      }) (units.networks.brokenLines "zones" cfg.zones)
      ++ map (message: {
        assertion = false;
        inherit message;
      }) (import ./hypervisor/order.nix { settings = lib.mapAttrs (_: container: container.settings) containers; })
      ++ lib.concatLists (
        lib.mapAttrsToList (
          first: names:
          lib.optional (lib.length names > 1) {
            assertion = false;
            message = "nixos.containers: ${lib.concatStringsSep ", " names} have the same `privateUsers = ${first}'. Root of one of them would own the files of the others.";
          }
        ) (lib.groupBy (name: toString containers.${name}.settings.privateUsers) (
          lib.filter (name: lib.isInt containers.${name}.settings.privateUsers) (lib.attrNames containers)
        ))
      )
      # Assert these on the host, so that they are reported once, before the containers' systems are evaluated.
      ++ lib.concatMap (container: container.assertions) (lib.attrValues containers);

      environment.etc = eachContainer (_: container: container.etc);

      systemd = {
        nspawn = lib.mapAttrs (_: container: define.nspawn container.sections) containers;
        services = eachContainer (_: container: container.services);
        paths = eachContainer (_: container: container.paths);
        targets = mkMerge [
          { machines.wants = lib.concatMap (container: container.wants) (lib.attrValues containers); }
          (eachContainer (_: container: container.targets))
        ];

        network = {
          enable = true;
          networks = mkMerge [
            (eachContainer (_: container: container.networks))
            (lib.mapAttrs' (zone: options: {
              name = units.networks.zoneUnit zone;
              value = networkOptions (units.networks.zone zone) options;
            }) cfg.zones)
          ];
        };

        tmpfiles.rules = [ "d /nix/var/nix/profiles/per-nspawn 0755 root root" ];
      };
    })
  ];
}
