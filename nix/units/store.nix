# Read-only mounts of what Nix keeps on the host, as keys of the section [Files] of systemd.nspawn(5).
#
# In a user namespace the kernel locks the flags of a bind mount (mount_namespaces(7), "Restrictions on mount
# namespaces"). Elsewhere root of the container makes a read-only bind mount writable with one call, and Nix does that
# by itself (LocalStore::makeStoreWritable in src/libstore/local-store.cc). There the mount is an overlay without an
# upper directory: the file system itself is read-only, and the kernel refuses to make it writable (ovl_reconfigure in
# fs/overlayfs/super.c).
#
# An overlay remembers names that it has looked up, also those that did not exist (Documentation/filesystems/overlayfs.rst,
# "Changes to underlying filesystems"). ./reload.nix has it forget them. A client of the host's daemon sees paths come and go
# while it works, so it gets a bind mount; it may add to the store anyway.
let
  inherit (builtins) map;
  isBound = settings: settings.userNamespacing || (settings.sharedNix && settings.mountDaemonSocket);

  # Root of the container owns what root of the host owns there.
  bindTo =
    settings: source: target:
    "${source}:${target}${if settings.userNamespacing then ":rootidmap" else ""}";

  # An overlay takes at least two directories. The lower one is an empty directory that systemd has on each host
  # (make_inaccessible_nodes in src/shared/dev-setup.c). A temporary one would stay behind when systemd-nspawn is killed.
  empty = "/run/systemd/inaccessible/dir";
  overlayTo = source: target: "${empty}:${source}:${target}";
in
rec {
  bind = settings: path: bindTo settings path path;

  # Paths that the container has where the host has them.
  shared =
    settings: paths:
    if isBound settings then
      { BindReadOnly = map (bind settings) paths; }
    else
      { OverlayReadOnly = map (path: overlayTo path path) paths; };

  # A tree of store paths in the place of the store.
  own =
    settings: tree:
    if isBound settings then
      { BindReadOnly = [ (bindTo settings tree "/nix/store") ]; }
    else
      { OverlayReadOnly = [ (overlayTo tree "/nix/store") ]; };

  # Whether the container sees the host's store through an overlay.
  isOverlay = settings: settings.sharedNix && !isBound settings;

  # For a shell in the container. A remount drops what the overlay remembers (reconfigure_super in fs/super.c); the
  # newer system call, which libmount prefers, does not take an overlay's options. Another mount must be left alone: to
  # remount a bind mount of the host's file system would make all of that read-only.
  forget = "! grep -q '^overlay /nix/store overlay ro,[^ ]*lowerdir=/nix/store:${empty}' /proc/self/mounts || LIBMOUNT_FORCE_MOUNT2=always mount -o remount,ro /nix/store";
}
