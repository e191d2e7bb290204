# From a unit of units/networks.nix to definitions of `systemd.network.networks.<name>`.
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

  # Lists begin with ours, so that an empty text of the user's takes it away.
  strong = value: if builtins.isList value then mkBefore value else value;
  weak = mapAttrs (_: mkDefault);
in
rec {
  # All that the unit says of one option.
  definitions =
    unit: option:
    optional (unit.forced ? ${option}) (strong unit.forced.${option})
    ++ optional (unit.defaults ? ${option}) (weak unit.defaults.${option});

  # The unit with what the user says of the interface.
  networkOptions =
    unit: own:
    mkMerge [
      (genAttrs (attrNames (unit.forced // unit.defaults)) (option: mkMerge (definitions unit option)))
      own
    ];
}
