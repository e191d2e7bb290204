# The host's own network. The container has no say in how it is set up.
{ }:
{ lib, ... }:
{
  nixosContainer.nspawnNetwork = {
    Private = "no";
    VirtualEthernet = "no";
  };
  systemd.network.enable = lib.mkForce false;
  # Its rules would be the host's.
  networking.firewall.enable = lib.mkForce false;
}
