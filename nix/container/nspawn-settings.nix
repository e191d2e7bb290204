# `systemd.nspawn.<name>.settings.{Exec,Files,Network}` for a NixOS in which they are named execConfig,
# filesConfig and networkConfig.
{ lib, modulesPath, ... }:
let
  inherit (lib) mkAliasDefinitions mkOption types;
  declared = import ./nspawn-declaration.nix { inherit lib modulesPath; };

  section =
    name: old:
    mkOption {
      inherit (declared.${old}) type;
      default = { };
      description = "Keys of the section `[${name}]`: the later name of `${old}`.";
    };
in
{
  options = lib.optionalAttrs (!(declared ? settings)) {
    systemd.nspawn = mkOption {
      type = types.attrsOf (
        types.submodule (
          { options, ... }:
          {
            options.settings = {
              Exec = section "Exec" "execConfig";
              Files = section "Files" "filesConfig";
              Network = section "Network" "networkConfig";
              # ./sections.nix uses this to choose the names.
              isAlias = mkOption {
                type = types.bool;
                default = true;
                readOnly = true;
                internal = true;
                description = "Whether the sections are `execConfig`, `filesConfig` and `networkConfig`.";
              };
            };
            config = {
              execConfig = mkAliasDefinitions options.settings.Exec;
              filesConfig = mkAliasDefinitions options.settings.Files;
              networkConfig = mkAliasDefinitions options.settings.Network;
            };
          }
        )
      );
    };
  };
}
