# What each host of these tests is: a NixOS with the module.
{ lib, ... }:
{
  imports = [ ../../hypervisor.nix ];

  networking.useNetworkd = true;
  nixos.containers = {
    openFirewall = true;
    enableNat = true;
  };

  # Some hosts switch to another configuration of theirs.
  system.switch.enable = true;

  virtualisation = {
    memorySize = lib.mkDefault 2048;
    # Profiles and their roots are made in it.
    writableStore = lib.mkDefault true;
  };
}
