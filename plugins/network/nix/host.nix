# The network of the host. The container does not configure it.
{ }:
{ lib, ... }:
{
  nixosContainer.nspawnNetwork = {
    Private = "no";
    VirtualEthernet = "no";
  };
  systemd.network.enable = lib.mkForce false;
  # Its rules would apply to the host.
  networking.firewall.enable = lib.mkForce false;
}
