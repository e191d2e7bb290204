# A container without any network.
{
  system.stateVersion = "26.05";

  systemd.nspawn.example.settings.Network = {
    Private = true;
    VirtualEthernet = "no";
  };

  # Otherwise the boot waits two minutes for a network.
  systemd.network.wait-online.enable = false;
}
