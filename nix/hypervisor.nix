# The NixOS module for a host: declarative containers, zones, and what both kinds of containers need of a host.
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

  # A NixOS whose `systemd.nspawn` has no `settings` makes /etc/systemd/nspawn one read-only link, in which no
  # imperative container could be put. Each file is linked on its own instead, as the later NixOS does it.
  isDirectory = !(import ./container/nspawn-declaration.nix { inherit lib modulesPath; } ? settings);
in
{
  imports = [ ./container/nspawn-settings.nix ];

  # A unit of the name of a container's link is about that link, whoever writes it. Without this, one that says only
  # `networkConfig.DNS = …` would have no [Match], and networkd would apply it to every interface of the host.
  options.systemd.network.networks = mkOption {
    type = types.attrsOf (
      types.submodule (
        { name, ... }:
        {
          # The options are named one by one, for a submodule's structure cannot depend on its name.
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
      NixOS containers on {manpage}`systemd-nspawn(1)`. A container is defined by its name, either here or in
      `instances`; `nixos.containers.web` is the same as `nixos.containers.instances.web`.
    '';
    type = types.submodule {
      freeformType = types.attrsOf instanceType;

      options = {
        instances = mkOption {
          type = types.attrsOf instanceType;
          default = { };
          example = literalExpression ''{ web.config.services.nginx.enable = true; }'';
          description = ''
            Containers by their names. Each has a NixOS configuration of its own, is run by
            `systemd-nspawn@NAME.service`, keeps its state in {file}`/var/lib/machines/NAME`, and is looked after
            with {manpage}`machinectl(1)`.
          '';
        };

        zones = mkOption {
          type = types.attrsOf own.networkd;
          default = { };
          example = literalExpression ''{ internal.address = [ "" "10.100.200.1/24" ]; }'';
          description = ''
            Options for the host's interface `vz-ZONE` of a network zone. See {option}`systemd.network.networks` for
            all of them. A zone that is not named here has systemd's defaults.
          '';
        };

        enableAutostartService = mkEnableOption "" // {
          default = true;
          description = ''
            Whether imperative containers start when the host boots, as their `activation.autoStart` says.
          '';
        };

        openFirewall = mkEnableOption "" // {
          description = ''
            Whether the host's firewall lets containers ask it for addresses and names: DHCP, DNS and LLMNR, on the
            interfaces of containers (`ve-*`, `vz-*`, `vb-*`) alone.
          '';
        };

        enableNat = mkEnableOption "" // {
          description = ''
            Whether the host forwards packets and masquerades for containers (`networking.nat`), IPv6 included, so
            that they reach the internet.
          '';
        };

        package = mkOption {
          type = types.package;
          default = pkgs.nixos-nspawn or (pkgs.callPackage ./package.nix { });
          defaultText = literalMD "`pkgs.nixos-nspawn`, or the package of this module's own sources";
          description = "The `nixos-nspawn` command to install.";
        };

        presetModules = mkOption {
          type = types.attrsOf types.path;
          default = { };
          example = literalExpression "{ ula = ./presets/ula.nix; }";
          description = ''
            Presets by the names under which containers use them, beside those that come with `nixos-nspawn`. A
            preset is a file with a function from parameters to a NixOS module for the container.
          '';
        };
      };
    };
  };

  config = mkMerge [
    {
      environment.systemPackages = [ cfg.package ];

      # The template's drop-in holds store paths of the host's packages. Without this, a switch of the host would
      # restart every imperative container that runs whenever one of them changes.
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

    (mkIf cfg.enableAutostartService {
      systemd.services.nixos-nspawn-autostart = {
        description = "Start imperative NixOS containers";
        wantedBy = [ "machines.target" ];
        before = [ "machines.target" ];
        # Containers run on while the host switches to another configuration.
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
          message = "nixos.containers: ${lib.concatStringsSep ", " clashes} is defined twice, as `nixos.containers.NAME' and as `nixos.containers.instances.NAME'. Keep one of them.";
        }
        {
          # A host in LXC is a container too, in which others can run.
          assertion = !(config.boot.isNspawnContainer or config.boot.isContainer);
          message = "nixos.containers: this host is a container itself, and cannot run containers.";
        }
        {
          assertion = config.networking.useNetworkd;
          message = "nixos.containers: the containers' links are set up by systemd-networkd. Set `networking.useNetworkd = true;'.";
        }
      ]
      ++ map (zone: {
        assertion = units.names.isZone zone;
        message = "nixos.containers.zones: ${builtins.toJSON zone} is no name for a zone. It takes 1 to 12 letters, digits, dashes, dots and underscores.";
      }) (lib.attrNames cfg.zones)
      ++ map (option: {
        assertion = false;
        message = "nixos.containers: `${option}' holds a line break or another control character.";
      }) (units.networks.brokenLines "zones" cfg.zones)
      # Here, so that the host says it once, before it asks for the containers' systems.
      ++ lib.concatMap (container: container.assertions) (lib.attrValues containers);

      environment.etc = eachContainer (_: container: container.etc);

      systemd = {
        nspawn = lib.mapAttrs (_: container: define.nspawn container.sections) containers;
        services = eachContainer (_: container: container.services);
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
