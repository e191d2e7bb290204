# A container's units as definitions of NixOS options. Definitions of the user override them.
{ lib }:
let
  inherit (lib) mapAttrs mkBefore mkDefault;
  # The user's definitions extend lists, and replace other values.
  weak = mapAttrs (_: value: if builtins.isList value then value else mkDefault value);
  # The lists of a service that the user extends. Others replace a value of systemd's template.
  extensible = [
    "DeviceAllow"
    "EnvironmentFile"
    "RuntimeDirectory"
    "UnsetEnvironment"
  ];
in
{
  # For `systemd.nspawn.<name>`.
  nspawn = sections: { settings = mapAttrs (_: weak) sections; };

  # For `systemd.services."systemd-nspawn@<name>"`.
  service = service: {
    overrideStrategy = "asDropin";
    environment = weak service.environment;
    preStart = mkBefore service.preStart;
    inherit (service)
      after
      requires
      unitConfig
      wants
      ;
    serviceConfig = mapAttrs (
      key: value: if builtins.elem key extensible then value else mkDefault value
    ) service.serviceConfig;
  };
}
