# Read-only mounts of Nix's directories on the host, as keys of the section [Files] of systemd.nspawn(5).
#
# In a user namespace, the kernel locks the flags of a bind mount (mount_namespaces(7), "Restrictions on mount
# namespaces"). Otherwise, root in the container can make a read-only bind mount writable, and Nix does that automatically
# (LocalStore::makeStoreWritable in src/libstore/local-store.cc). Therefore the mount is then an overlay without an upper
# directory: its file system is read-only, and the kernel refuses to make it writable (ovl_reconfigure in
# fs/overlayfs/super.c).
#
# An overlay caches the results of lookups, also for names that do not exist (Documentation/filesystems/overlayfs.rst,
# "Changes to underlying filesystems"). ./reload.nix clears this cache. With access to the host's daemon, paths appear and
# disappear at any time, so the mount is a bind mount; such a container may add to the store anyway.
{ users }:
let
  inherit (builtins) map;
  isBound = settings: settings.userNamespacing || (settings.sharedNix && settings.mountDaemonSocket);

  # The container's root owns the files of the host's root.
  bindTo =
    settings: source: target:
    "${source}:${target}${if users.areMapped settings then ":rootidmap" else ""}";

  # An overlay needs at least two directories. The lower one is an empty directory that systemd creates on each host
  # (make_inaccessible_nodes in src/shared/dev-setup.c). A temporary directory would remain if systemd-nspawn is killed.
  empty = "/run/systemd/inaccessible/dir";
  overlayTo = source: target: "${empty}:${source}:${target}";
in
rec {
  bind = settings: path: bindTo settings path path;

  # Mounts of host paths at the same paths in the container.
  shared =
    settings: paths:
    if isBound settings then
      { BindReadOnly = map (bind settings) paths; }
    else
      { OverlayReadOnly = map (path: overlayTo path path) paths; };

  # The mount of a tree of store paths, instead of the store.
  own =
    settings: tree:
    if isBound settings then
      { BindReadOnly = [ (bindTo settings tree "/nix/store") ]; }
    else
      { OverlayReadOnly = [ (overlayTo tree "/nix/store") ]; };

  # Whether the container sees the host's store through an overlay.
  isOverlay = settings: settings.sharedNix && !isBound settings;

  # Clears the overlay's cache, in a shell of the container. A remount does this (reconfigure_super in fs/super.c). The
  # newer system call, which libmount prefers, does not accept the options of an overlay. Other mounts must not be
  # remounted: with a bind mount, the host's whole file system would become read-only.
  forget = "! grep -q '^overlay /nix/store overlay ro,[^ ]*lowerdir=/nix/store:${empty}' /proc/self/mounts || LIBMOUNT_FORCE_MOUNT2=always mount -o remount,ro /nix/store";
}
