# The user ids of a container: the options `userNamespacing` and `privateUsers`.
rec {
  # Whether this value of `privateUsers` gives the container a user namespace.
  isNamespaced = privateUsers: privateUsers != null && privateUsers != "no";

  # The value of PrivateUsers=.
  of =
    settings:
    if settings.privateUsers != null then
      toString settings.privateUsers
    else if settings.userNamespacing then
      "pick"
    else
      "no";

  # Whether ids in the container differ from those on the host.
  areMapped = settings: settings.userNamespacing && settings.privateUsers != "identity";

  # systemd-nspawn assigns 65536 ids, and requires that the first one is a multiple of that for the owners of files
  # (src/nspawn/nspawn-patch-uid.c). Other ids than these are not for containers (systemd.io/UIDS-GIDS).
  isFirst = id: id >= 524288 && id <= 1878982656 && id == id / 65536 * 65536;
}
