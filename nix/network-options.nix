# Converts a unit of units/networks.nix to definitions of `systemd.network.networks.<name>`.
{ lib }:
let
  inherit (lib)
    attrNames
    genAttrs
    mapAttrs
    mkBefore
    mkDefault
    mkMerge
    optional
    ;

  # Put our elements first in a list, so that an empty string of the user removes them.
  strong = value: if builtins.isList value then mkBefore value else value;
  weak = mapAttrs (_: mkDefault);
in
rec {
  # The definitions of one option in the unit.
  definitions =
    unit: option:
    optional (unit.forced ? ${option}) (strong unit.forced.${option})
    ++ optional (unit.defaults ? ${option}) (weak unit.defaults.${option});

  # The unit, merged with the user's options for the interface.
  networkOptions =
    unit: own:
    mkMerge [
      (genAttrs (attrNames (unit.forced // unit.defaults)) (option: mkMerge (definitions unit option)))
      own
    ];
}
