# No network but the container's own loopback.
{ }:
{
  nixosContainer.nspawnNetwork = {
    Private = "yes";
    VirtualEthernet = "no";
  };

  # Else the boot would wait two minutes for a network.
  systemd.network.wait-online.enable = false;
}
