# From a unit of units/networks.nix to definitions of `systemd.network.networks.<name>`.
{ lib }:
let
  inherit (lib) mapAttrs mkBefore mkDefault mkMerge;
  weak = mapAttrs (_: section: mapAttrs (_: mkDefault) section);
in
{
  # `own` is what the user says of the interface.
  networkOptions =
    unit: own:
    mkMerge [
      # Lists begin with ours, so that an empty text of the user's takes it away.
      (mapAttrs (_: value: if builtins.isList value then mkBefore value else value) unit.forced)
      (weak unit.defaults)
      own
    ];
}
