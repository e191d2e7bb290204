# An IPv6 subnet for the container: a part of a global prefix, or a private one (ULA).
{
  imports = [ ./default.nix ];

  nixosContainer.hostNetworkConfig.ipv6Prefixes = [
    {
      Prefix = "2001:1234:abcd:ef01::/64";
      # The host needs an address in this subnet to reach the container and to be
      # its gateway. With Assign, networkd chooses the address.
      Assign = true;
    }
  ];

  # Optional: a static address for the container. Router advertisements provide
  # the gateway.
  nixosContainer.containerNetworkConfig = {
    address = [
      "2001:1234:abcd:ef01::2/64"
    ];
  };
}
