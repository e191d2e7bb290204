# A container's units as definitions of NixOS options, so weak that whatever the user says of the same key wins.
{ lib }:
let
  inherit (lib) mapAttrs mkBefore mkDefault;
  # A list is added to, a single value replaced.
  weak = mapAttrs (_: value: if builtins.isList value then value else mkDefault value);
in
{
  # For `systemd.nspawn.<name>`.
  nspawn = sections: { settings = mapAttrs (_: weak) sections; };

  # For `systemd.services."systemd-nspawn@<name>"`.
  service = service: {
    overrideStrategy = "asDropin";
    environment = weak service.environment;
    preStart = mkBefore service.preStart;
    inherit (service) unitConfig;
    serviceConfig = mapAttrs (_: mkDefault) service.serviceConfig;
  };
}
