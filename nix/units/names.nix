# The names that systemd accepts.
let
  inherit (builtins) match stringLength replaceStrings;
in
rec {
  # hostname_is_valid() of systemd, which machined and nspawn use for names of machines: at most 64 characters, in parts
  # between dots that consist of letters, digits and inner dashes. (systemd 257 refuses underscores.) If a name has the
  # ending of an image, systemd does not find the directory of that name (image_find() in src/shared/discover-image.c).
  isContainer =
    name:
    let
      label = "[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?";
    in
    match "${label}([.]${label})*" name != null
    && match ".*[.](raw|v|mstack)" name == null
    && stringLength name <= 64;

  # ifname_valid_full() of systemd: at most 15 characters, and not only digits, because that is an index.
  isInterface = name: match "[A-Za-z0-9_.-]{1,15}" name != null && match "[0-9]+|[.]{1,2}" name == null;

  # An additional link of a container. systemd has .network files for these prefixes.
  isExtraVeth = name: isInterface name && match "v[eb]-.+" name != null;

  # An interface of the host, and optionally its name in the container.
  isMovedInterface =
    text:
    let
      parts = match "([^:]+)(:([^:]+))?" text;
      part = builtins.elemAt parts;
    in
    parts != null && isInterface (part 0) && (part 2 == null || isInterface (part 2));

  movedTo =
    text:
    let
      part = builtins.elemAt (match "([^:]+)(:([^:]+))?" text);
    in
    if part 2 == null then part 0 else part 2;

  # Of one host, and not of a group of hosts (IEEE 802).
  isHardwareAddress =
    text: match "[0-9a-fA-F][02468aceACE](:[0-9a-fA-F]{2}){5}" text != null && match "00(:00){5}" text == null;

  # The interface of a zone is vz-ZONE.
  isZone = zone: isInterface "vz-${zone}";

  # fdname_valid() and filename_is_valid() of systemd, limited to characters that never need quotes.
  isCredential = id: match "[A-Za-z0-9_.@+-]{1,255}" id != null && match "[.]{1,2}" id == null;

  # Units that a container may add on the host, for its own interfaces. The command line tool refuses all others,
  # because they could change how the host can be reached.
  isHostNetwork = unit: match "[0-9][0-9]-(ve|vb|vz|mv|ipvlan)-[A-Za-z0-9._-]+" unit != null;

  # NixOS does not accept dots in a host name, nor more than 63 characters.
  hostName =
    name:
    let
      dashes = replaceStrings [ "." ] [ "-" ] name;
    in
    builtins.head (match "(.*[^-])-*" (builtins.substring 0 63 dashes));
}
