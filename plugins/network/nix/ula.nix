# A unique local /64 (RFC 4193) on the container's own link: the host is ::1 there, the container ::2.
{
  # Like "fd12:3456:789a:1::/64".
  prefix,
}:
let
  parts = builtins.match "(f[cd][0-9a-f:]*::)/64" prefix;
  network =
    if parts == null then
      throw "The preset `ula' accepts a prefix like \"fd12:3456:789a:1::/64\", not ${builtins.toJSON prefix}."
    else
      builtins.head parts;
in
{
  nixosContainer = {
    hostNetworkConfig = {
      address = [ "${network}1/64" ];
      ipv6Prefixes = [ { Prefix = prefix; } ];
    };
    containerNetworkConfig.address = [ "${network}2/64" ];
  };
}
