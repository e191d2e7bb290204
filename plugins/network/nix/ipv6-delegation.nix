# Public IPv6 addresses for the container, without translation: from a prefix that is routed to the host, or from one
# that DHCPv6 delegates to the host's uplink.
{
  # Like "2001:db8:0:1::/64"; null for the delegated prefix.
  prefix ? null,
  # The interface with the delegated prefix; null for any such interface.
  uplink ? null,
  # The number of the /64 within the delegated prefix, in hexadecimal; null for a free one.
  subnet ? null,
}:
{
  nixosContainer.hostNetworkConfig = {
    networkConfig = {
      IPMasquerade = "ipv4";
      IPv6SendRA = "yes";
    }
    // (if prefix == null then { DHCPPrefixDelegation = "yes"; } else { });
  }
  // (
    if prefix == null then
      {
        dhcpPrefixDelegationConfig = {
          UplinkInterface = if uplink == null then ":auto" else uplink;
          Announce = true;
        }
        // (if subnet == null then { } else { SubnetId = subnet; });
      }
    else
      {
        ipv6Prefixes = [
          {
            Prefix = prefix;
            Assign = true;
          }
        ];
      }
  );
}
