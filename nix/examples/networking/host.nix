# The settings for the host. `nixos.containers.openFirewall` and `nixos.containers.enableNat` permit less.
{
  networking.firewall.trustedInterfaces = [
    "ve-+"
    "vz-+"
    "vb-+"
  ];
  networking.nat = {
    enableIPv6 = true;
    enable = true;
  };
}
