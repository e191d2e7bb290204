# A container without any network.
{
  system.stateVersion = "26.05";

  systemd.nspawn.example.settings.Network = {
    Private = true;
    VirtualEthernet = "no";
  };

  # Else the boot would wait two minutes for a network.
  systemd.network.wait-online.enable = false;
}
