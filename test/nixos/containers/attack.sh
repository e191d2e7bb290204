# attack.sh nix|hand|mounts: tries what root of a container can do to the store and the database of its host. Each
# attempt may fail. Prints a line for each write to the store that succeeds.
export PATH=/run/current-system/sw/bin
exec 3>&1 >/dev/null 2>&1
system=$(readlink -f /run/current-system)
marker=ATTACK

write() {
  if (echo changed >"/nix/store/$marker"); then echo "$1: made a file in the store" >&3; fi
  if (echo changed >"$system/$marker"); then echo "$1: made a file in a store path" >&3; fi
  if touch "$system/init"; then echo "$1: touched a file of a store path" >&3; fi
  if chmod 700 /nix/store; then echo "$1: changed the mode of the store" >&3; fi
  # A container that does not share the store has its own database.
  touch "/nix/var/nix/db/$marker"
  chmod 700 /nix/var/nix/db
}

case $1 in
nix)
  profile=/nix/var/nix/profiles/system
  # In the default way, as the owner of the store, and through the daemon.
  for NIX_REMOTE in '' local daemon; do
    export NIX_REMOTE
    nix-env --profile $profile --set "$system"
    nix-env --profile $profile --delete-generations old
    nix-collect-garbage --delete-old
    nix-store --delete --ignore-liveness "$system"
    nix-store --verify --repair
    NIX_STATE_DIR=/tmp/state nix-collect-garbage --delete-old
  done
  NIX_REMOTE=local nix --extra-experimental-features nix-command store optimise
  systemctl start nix-gc.service nix-optimise.service
  write Nix
  ;;
hand)
  write 'by hand'
  mv "$system" /nix/store/moved
  rm -rf "$system" /nix/var/nix/db/db.sqlite /nix/var/nix/profiles/* /nix/var/nix/gcroots/*
  ;;
mounts)
  for options in remount,rw remount,rw,bind; do
    for place in /nix/store /nix/var/nix/db; do mount -o $options $place; done
    write "$options"
  done
  # In a separate mount namespace, as Nix does.
  for namespace in '--mount' '--user --map-root-user --mount'; do
    unshare $namespace bash -c "mount --make-rprivate /
      mount -o remount,rw,bind /nix/store
      mount -o remount,rw /nix/store
      echo changed >/nix/store/$marker && echo 'unshare $namespace: made a file in the store' >&3"
  done
  mkdir -p /tmp/other
  mount --bind /nix/store /tmp/other
  mount -o remount,rw,bind /tmp/other
  if (echo changed >/tmp/other/$marker); then echo 'mount --bind: made a file in the store' >&3; fi
  # Without the mounts, these paths are directories of the container. Without the store, only builtins of the shell
  # work.
  umount /nix/var/nix/db
  touch /nix/var/nix/db/$marker
  umount --lazy /nix/store
  echo changed >/nix/store/$marker
  ;;
esac
true
