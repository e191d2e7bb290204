# No network but the container's own loopback.
{ }:
{
  nixosContainer.nspawnNetwork = {
    Private = "yes";
    VirtualEthernet = "no";
  };
}
