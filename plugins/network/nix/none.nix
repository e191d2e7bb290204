# No network except the loopback.
{ }:
{
  nixosContainer.nspawnNetwork = {
    Private = "yes";
    VirtualEthernet = "no";
  };

  # Otherwise the boot waits two minutes for a network.
  systemd.network.wait-online.enable = false;
}
