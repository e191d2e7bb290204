# An IPv6 subnet for the container: a part of a global one, or a private one (ULA).
{
  imports = [ ./default.nix ];

  nixosContainer.hostNetworkConfig.ipv6Prefixes = [
    {
      Prefix = "2001:1234:abcd:ef01::/64";
      # The host itself will need an address in this subnet to reach the container
      # and to serve a gateway. Assign will automatically pick an address to use.
      Assign = true;
    }
  ];

  # Optional: Assign a static address to the container itself.
  # The gateway address will be resolved via router advertisement.
  nixosContainer.containerNetworkConfig = {
    address = [
      "2001:1234:abcd:ef01::2/64"
    ];
  };
}
