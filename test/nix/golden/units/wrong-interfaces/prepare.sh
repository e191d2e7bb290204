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
tries=50
while [ ! -e /sys/class/net/eth1 ] && [ $tries -gt 0 ]; do
  sleep 0.1
  tries=$((tries - 1))
done
tries=50
while [ ! -e /sys/class/net/eth2 ] && [ $tries -gt 0 ]; do
  sleep 0.1
  tries=$((tries - 1))
done
