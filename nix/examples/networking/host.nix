# What the host needs. `nixos.containers.openFirewall` and `nixos.containers.enableNat` say the same more narrowly.
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
