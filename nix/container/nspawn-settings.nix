# `systemd.nspawn.<name>.settings.{Exec,Files,Network}` for a NixOS that still calls them execConfig, filesConfig
# and networkConfig.
{ lib, modulesPath, ... }:
let
  inherit (lib) mkOption types;

  # Which name it is must be known before there is a configuration: asking `options` here would make the answer depend
  # on itself. So NixOS's own module is looked at, of which only the declarations are evaluated.
  nowhere = throw "nspawn-settings.nix: the declaration of systemd.nspawn depends on a configuration";
  utils = import (modulesPath + "/../lib/utils.nix") {
    inherit lib;
    config = nowhere;
    pkgs = nowhere;
  };
  nspawn = import (modulesPath + "/system/boot/systemd/nspawn.nix") {
    inherit lib utils;
    config = nowhere;
    pkgs = nowhere;
  };
  declared = nspawn.options.systemd.nspawn.type.getSubOptions [ ];

  section =
    name: old:
    mkOption {
      type = types.attrsOf utils.systemdUtils.unitOptions.unitOption;
      default = { };
      description = "Keys of the section `[${name}]`: `${old}` under its later name.";
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
            };
            config = {
              execConfig = lib.mkAliasDefinitions options.settings.Exec;
              filesConfig = lib.mkAliasDefinitions options.settings.Files;
              networkConfig = lib.mkAliasDefinitions options.settings.Network;
            };
          }
        )
      );
    };
  };
}
