# The firewall accepts all packets from containers. With `nixos.containers.openFirewall` instead, it accepts only DHCP,
# DNS and LLMNR. `nixos.containers.enableNat` sets the same options of `networking.nat`.
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
