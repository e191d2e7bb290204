# The options that this NixOS itself has in `systemd.nspawn.<name>`. Its module is looked at, of which only the
# declarations are evaluated: to ask `options` would make the answer depend on itself.
{ lib, modulesPath }:
let
  nowhere = throw "The declaration of systemd.nspawn depends on a configuration";
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
in
nspawn.options.systemd.nspawn.type.getSubOptions [ ]
