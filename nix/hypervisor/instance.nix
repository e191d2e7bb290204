# The submodule of one declarative container: all options of ../options.nix, and those that only a host's configuration
# has.
#
# The container's NixOS has the same options in `nixosContainer`, where the final values are. Definitions made here are
# forwarded to it, and merged with those of presets and of the container's own configuration.
{
  pkgs,
  hostConfig,
  presetModules,
  # Options of all containers, as defined in the host's configuration.
  hostDefaults,
}:
{
  config,
  lib,
  name,
  options,
  ...
}:
let
  inherit (lib)
    mkOption
    mkOptionType
    types
    literalExpression
    ;
  own = import ../types.nix { inherit lib; };
  shared = removeAttrs (import ../options.nix {
    inherit lib;
    declarative = true;
  }) [ "hostDefaults" "presets" ];

  known = import ../bundled-presets.nix // presetModules;
  presets = lib.mapAttrsToList (preset: parameters: {
    module =
      known.${preset} or (throw "Container `${name}': there is no preset `${preset}'. The presets are: ${lib.concatStringsSep ", " (lib.attrNames known)}. Define others in `nixos.containers.presetModules'.");
    inherit parameters;
  }) config.presets;

  # Forwards the definitions of options to the same options elsewhere, with the same priority.
  isSet = option: option.highestPrio or 1500 < (lib.mkOptionDefault null).priority;
  forward =
    options:
    lib.mapAttrs (
      _: option:
      if lib.isOption option then
        lib.mkIf (isSet option) (lib.mkMerge (map (lib.mkOverride option.highestPrio) option.definitions))
      else
        forward option
    ) options;

  nixpkgs = if config.nixpkgs == null then pkgs.path else config.nixpkgs;

  evaluate =
    modules:
    import (nixpkgs + "/nixos/lib/eval-config.nix") {
      lib = if config.nixpkgs == null then pkgs.lib else import (nixpkgs + "/lib");
      # An option defines the platform.
      system = null;
      inherit (config) specialArgs;
      prefix = [
        "nixos"
        "containers"
        name
        "config"
      ];
      modules = [
        (import ../container/profile.nix {
          inherit name;
          declarative = true;
        })
        {
          _file = "nixos.containers.${name}";
          nixosContainer = forward (builtins.intersectAttrs (removeAttrs shared [ "declarative" ]) options);
          system.stateVersion = lib.mkDefault hostConfig.system.stateVersion;
        }
        (
          if config.nixpkgs == null then
            (
              { config, ... }:
              {
                nixpkgs.pkgs = pkgs;
                assertions = [
                  {
                    assertion = config.nixpkgs.config == { };
                    message = "Container `${name}': `nixpkgs.config' has no effect, because the container uses the packages of the host. Set `nixos.containers.${name}.nixpkgs = pkgs.path;' to use separate packages.";
                    named = true;
                  }
                ];
              }
            )
          else
            {
              nixpkgs.hostPlatform = lib.mkDefault pkgs.stdenv.hostPlatform.system;
              nixpkgs.config = lib.mkDefault hostConfig.nixpkgs.config;
            }
        )
      ]
      ++ lib.optional (hostDefaults != { }) (
        import ../host-defaults.nix {
          source = "nixos.containers.hostDefaults";
          settings = hostDefaults;
        }
      )
      ++ modules
      ++ (import ../presets.nix).modules presets;
    };
in
{
  options = shared // {
    config = mkOption {
      type = mkOptionType {
        name = "NixOS configuration";
        description = "NixOS configuration";
        descriptionClass = "noun";
        # Each definition becomes a module of the container's evaluation, which merges them.
        merge =
          _: definitions:
          map (definition: {
            _file = definition.file;
            imports = [ definition.value ];
          }) definitions;
      };
      default = { };
      apply = evaluate;
      example = literalExpression "{ services.nginx.enable = true; }";
      description = ''
        The container's NixOS configuration: a module, as in {file}`configuration.nix`. The value of the option is the
        evaluation, so `nixos.containers.instances.NAME.config.config` is the final configuration. Imperative
        containers do not have this option, because they are created from their configuration.
      '';
    };

    nixpkgs = mkOption {
      type = types.nullOr types.path;
      default = null;
      example = literalExpression "inputs.nixpkgs-stable";
      description = ''
        nixpkgs for this container. If `null`, it uses the packages of the host, which saves an evaluation of nixpkgs.
      '';
    };

    specialArgs = mkOption {
      type = types.attrsOf types.unspecified;
      default = { };
      example = literalExpression "{ inherit inputs; }";
      description = ''
        Additional arguments for the modules of `config`, which can be used in their `imports`.
      '';
    };

    presets = mkOption {
      type = types.attrsOf own.json;
      default = { };
      example = literalExpression ''{ ula.prefix = "fd12::/64"; }'';
      description = ''
        Presets to apply, by name, with their parameters. Available are the presets of `nixos-nspawn` and those of
        `nixos.containers.presetModules`.
      '';
    };
  };
}
