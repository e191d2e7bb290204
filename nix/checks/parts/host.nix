# The NixOS configuration of each host in these tests.
{ lib, ... }:
{
  imports = [ ../../hypervisor.nix ];

  networking.useNetworkd = true;
  nixos.containers = {
    openFirewall = true;
    enableNat = true;
  };

  # Some tests switch the host to another configuration.
  system.switch.enable = true;

  virtualisation = {
    memorySize = lib.mkDefault 2048;
    # For profiles and garbage collector roots.
    writableStore = lib.mkDefault true;
  };
}
