# The socket address families that a container may use: `RestrictAddressFamilies=` of systemd.nspawn(5), since systemd 261.
# Older versions log a warning about the key at each start. A later version will restrict containers that do not have it
# to AF_INET, AF_INET6 and AF_UNIX (NEWS of systemd 261). Then networkd in the container could not configure its link.
let
  inherit (builtins)
    attrNames
    elem
    filter
    listToAttrs
    ;
in
rec {
  # The first version of systemd with the key.
  since = 261;

  # The names in socket(2) and <linux/socket.h> that systemd 261 knows.
  known = [
    "AF_ALG"
    "AF_APPLETALK"
    "AF_ASH"
    "AF_ATMPVC"
    "AF_ATMSVC"
    "AF_AX25"
    "AF_BLUETOOTH"
    "AF_BRIDGE"
    "AF_CAIF"
    "AF_CAN"
    "AF_DECnet"
    "AF_ECONET"
    "AF_IB"
    "AF_IEEE802154"
    "AF_INET"
    "AF_INET6"
    "AF_IPX"
    "AF_IRDA"
    "AF_ISDN"
    "AF_IUCV"
    "AF_KCM"
    "AF_KEY"
    "AF_LLC"
    "AF_MCTP"
    "AF_MPLS"
    "AF_NETBEUI"
    "AF_NETLINK"
    "AF_NETROM"
    "AF_NFC"
    "AF_PACKET"
    "AF_PHONET"
    "AF_PPPOX"
    "AF_QIPCRTR"
    "AF_RDS"
    "AF_ROSE"
    "AF_RXRPC"
    "AF_SECURITY"
    "AF_SMC"
    "AF_SNA"
    "AF_TIPC"
    "AF_UNIX"
    "AF_VSOCK"
    "AF_WANPIPE"
    "AF_X25"
    "AF_XDP"
  ];

  # The key for the section `[Exec]`. An empty deny list permits all families. An empty value has the same meaning, but
  # systemd 261 and 262 handle it as if the key were absent (load_settings() in src/nspawn/nspawn.c). Each family has its
  # own line. If a version of systemd does not know a name, it ignores all names of the line.
  exec = settings: {
    RestrictAddressFamilies =
      if settings.restrictAddressFamilies == null then
        "~"
      else
        attrNames (
          listToAttrs (
            map (name: {
              inherit name;
              value = null;
            }) settings.restrictAddressFamilies
          )
        );
  };

  # The sections of a .nspawn file, for a host whose systemd has the key. A value that the user set is kept.
  add = settings: sections: sections // { Exec = exec settings // sections.Exec; };

  # Whether the value of the key is the default, which changes nothing for a running container.
  isDefault = value: value == "~";

  # Those of these families that are not permitted.
  missing =
    settings: families:
    if settings.restrictAddressFamilies == null then
      [ ]
    else
      filter (family: !(elem family settings.restrictAddressFamilies)) families;
}
