# Fixed addresses instead of DHCP.
{
  # Like [ "10.50.0.2/24" "fd12::2/64" ].
  address,
  # Like [ "10.50.0.1" ].
  gateway ? [ ],
  dns ? [ ],
  # Addresses of the host's end of the container's link, like [ "10.50.0.1/24" ]; none if the container is in a zone or at
  # a bridge.
  hostAddress ? [ ],
}:
{
  nixosContainer = {
    containerNetworkConfig = {
      inherit address gateway dns;
      networkConfig = {
        DHCP = "no";
        IPv6AcceptRA = "no";
      };
    };
  }
  // (
    if hostAddress == [ ] then
      { }
    else
      {
        hostNetworkConfig = {
          # The empty string removes the subnet that systemd would choose.
          address = [ "" ] ++ hostAddress;
          networkConfig = {
            DHCPServer = "no";
            IPv6SendRA = "no";
          };
        };
      }
  );
}
