{
  # systemd-networkd configures the links of containers.
  networking.useNetworkd = true;
  nixos.containers = {
    openFirewall = true;
    enableNat = true;
  };
}
