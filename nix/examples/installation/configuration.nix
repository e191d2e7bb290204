{
  # Containers' links are set up by systemd-networkd.
  networking.useNetworkd = true;
  nixos.containers = {
    openFirewall = true;
    enableNat = true;
  };
}
