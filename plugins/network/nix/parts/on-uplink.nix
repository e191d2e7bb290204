# A device on an interface of the host, instead of a link to the host.
{
  # Key of the section [Network]: "MACVLAN" or "IPVLAN".
  key,
  # The prefix of the interface's name in the container, see systemd-nspawn(1).
  prefix,
}:
{
  # The host's interface.
  interface,
  # Without addresses, the container uses DHCP.
  address ? [ ],
  gateway ? [ ],
  dns ? [ ],
}:
let
  # Interface names have at most 15 characters.
  device = builtins.substring 0 15 "${prefix}${interface}";
in
{
  nixosContainer.nspawnNetwork = {
    ${key} = interface;
    Private = "yes";
    VirtualEthernet = "no";
  };
  systemd.network.networks."20-${device}" = {
    matchConfig.Name = device;
    networkConfig =
      if address == [ ] then
        { DHCP = "yes"; }
      else
        {
          DHCP = "no";
          IPv6AcceptRA = "no";
        };
    inherit address gateway dns;
  };
}
