# Public IPv6 addresses for the container, without translation: from a prefix that is routed to the host, or from the
# one that the host's uplink was delegated by DHCPv6.
{
  # Like "2001:db8:0:1::/64"; null for the delegated one.
  prefix ? null,
  # The interface that was delegated a prefix; null for whichever was.
  uplink ? null,
  # Which /64 of the delegated prefix, in hexadecimal; null for a free one.
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
