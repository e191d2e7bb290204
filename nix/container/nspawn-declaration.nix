# The options that this NixOS declares in `systemd.nspawn.<name>`. Only the declarations of its module are evaluated.
# Reading `options` would cause infinite recursion.
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
