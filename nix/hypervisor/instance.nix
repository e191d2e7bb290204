# The submodule of one declarative container: every option of ../options.nix, and those that only a host's
# configuration can have.
#
# The container's own NixOS has the same options as `nixosContainer`, and that is where the final values are: what is
# set here goes there as definitions, beside what presets and the container's own configuration set.
{
  pkgs,
  hostConfig,
  presetModules,
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
  }) [ "presets" ];

  known = import ../bundled-presets.nix // presetModules;
  presets = lib.mapAttrsToList (preset: parameters: {
    module =
      known.${preset} or (throw "Container `${name}': there is no preset `${preset}'. Known are: ${lib.concatStringsSep ", " (lib.attrNames known)}. Name others in `nixos.containers.presetModules'.");
    inherit parameters;
  }) config.presets;

  # What somebody has set, as definitions of the same strength for the same options elsewhere.
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
      # The platform is an option's.
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
                    message = "Container `${name}': `nixpkgs.config' has no effect, for the container has the host's packages. To give it its own, set `nixos.containers.${name}.nixpkgs = pkgs.path;'.";
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
        # Each definition is a module of the container's evaluation, which knows best how to merge them.
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
        The container's NixOS configuration: a module, as in {file}`configuration.nix`. Read, it is the evaluation:
        `nixos.containers.instances.NAME.config.config` is the finished configuration. An imperative container
        has no such option; its own configuration is the one that it was created from.
      '';
    };

    nixpkgs = mkOption {
      type = types.nullOr types.path;
      default = null;
      example = literalExpression "inputs.nixpkgs-stable";
      description = ''
        A nixpkgs for this container. It has the host's if `null`, which saves evaluating another one.
      '';
    };

    specialArgs = mkOption {
      type = types.attrsOf types.unspecified;
      default = { };
      example = literalExpression "{ inherit inputs; }";
      description = ''
        Further arguments for the modules of `config`, which can be used in their `imports`.
      '';
    };

    presets = mkOption {
      type = types.attrsOf own.json;
      default = { };
      example = literalExpression ''{ ula.prefix = "fd12::/64"; }'';
      description = ''
        Presets to apply, by their names, each with its parameters. They are those that come with `nixos-nspawn` and
        those of `nixos.containers.presetModules`.
      '';
    };
  };
}
