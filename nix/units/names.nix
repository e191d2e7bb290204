# Which names systemd takes.
let
  inherit (builtins) match stringLength replaceStrings;
in
rec {
  # hostname_is_valid() of systemd, which machined and nspawn use for names of machines: at most 64 characters; parts
  # between dots, of letters, digits and inner dashes. (systemd 257 refuses underscores.) A name that ends as an image
  # does (image_find() in src/shared/discover-image.c) is looked for as one, and no plain directory is found.
  isContainer =
    name:
    let
      label = "[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?";
    in
    match "${label}([.]${label})*" name != null
    && match ".*[.](raw|v|mstack)" name == null
    && stringLength name <= 64;

  # ifname_valid_full() of systemd: at most 15 characters, and no number alone, for that would be an index.
  isInterface = name: match "[A-Za-z0-9_.-]{1,15}" name != null && match "[0-9]+|[.]{1,2}" name == null;

  # The interface of a zone is called vz-ZONE.
  isZone = zone: isInterface "vz-${zone}";

  # fdname_valid() and filename_is_valid() of systemd, narrowed to what needs no quoting anywhere.
  isCredential = id: match "[A-Za-z0-9_.@+-]{1,255}" id != null && match "[.]{1,2}" id == null;

  # Units that a container may bring for interfaces of its own on the host. The command line tool refuses any other:
  # it could change how the host itself is reached.
  isHostNetwork = unit: match "[0-9][0-9]-(ve|vb|vz|mv|ipvlan)-[A-Za-z0-9._-]+" unit != null;

  # NixOS takes no dots in a host name, and 63 characters.
  hostName =
    name:
    let
      dashes = replaceStrings [ "." ] [ "-" ] name;
    in
    builtins.head (match "(.*[^-])-*" (builtins.substring 0 63 dashes));
}
