if [ ! -d /var/lib/machines/box ]; then
  mkdir -p /var/lib/machines/box/etc /var/lib/machines/box/usr /var/lib/machines/box/var
  touch /var/lib/machines/box/etc/os-release /var/lib/machines/box/etc/machine-id
fi
for directory in nix nix/var nix/var/nix; do
  [ ! -L /var/lib/machines/box/$directory ] || break
  [ -d /var/lib/machines/box/$directory ] || mkdir /var/lib/machines/box/$directory
done
if grep -qF " /run/systemd/nspawn/unix-export/box " /proc/self/mountinfo && [ ! -e /run/systemd/machines/box ]; then
  systemd-umount /run/systemd/nspawn/unix-export/box
fi
arguments=
present=
for node in /dev/kvm; do
  [ -e "$node" ] || continue
  present=1
  arguments="$arguments --bind=$(printf '%s' "$node" | sed 's/:/\\\\\\\\:/g')"
done
printf 'NIXOS_NSPAWN_DEVICES=%s\n' "$arguments" >/run/nixos-nspawn-box/devices
