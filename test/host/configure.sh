#!/bin/bash
# configure.sh ROOT: turns the plain Debian tree ROOT into a test host.
set -euo pipefail
root=$1

printf 'test-host\n' >"$root/etc/hostname"
printf '127.0.0.1 localhost\n::1 localhost\n127.0.1.1 test-host\n' >"$root/etc/hosts"
# Each instance gets its own machine ID.
: >"$root/etc/machine-id"
ln -sfn ../run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"
mkdir -p "$root/etc/systemd/nspawn" "$root/etc/systemd/network" "$root/etc/nix" \
  "$root/var/lib/machines" "$root/var/log/journal" "$root/opt/nixos-nspawn"
chmod 700 "$root/var/lib/machines"
ln -s /opt/nixos-nspawn/bin/run.cjs "$root/usr/local/bin/nixos-nspawn"

# The first container would create these and leave them, so every host has them from the start.
cat >"$root/etc/tmpfiles.d/nspawn.conf" <<'END'
d /run/systemd/nspawn 0755
d /run/systemd/nspawn/locks 0700
d /run/systemd/nspawn/propagate 0600
d /run/systemd/nspawn/unix-export 0755
END

# Root builds without a daemon, and there is no binary cache. Instances are deleted, so nothing has to be synced.
cat >"$root/etc/nix/nix.conf" <<'END'
experimental-features = nix-command flakes
sandbox = false
build-users-group =
substituters =
flake-registry =
fsync-metadata = false
END

# Only the tests of --target-host need it, and start it.
chroot "$root" systemctl --quiet disable ssh.service ssh.socket

chroot "$root" systemctl --quiet enable systemd-networkd.service systemd-resolved.service machines.target
# A test host lives for minutes and needs no consoles, no time synchronisation and no maintenance.
chroot "$root" systemctl --quiet mask \
  systemd-networkd-wait-online.service systemd-timesyncd.service \
  getty.target console-getty.service \
  apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer
# Generators find nothing here, but take two thirds of the time of each daemon-reload.
mkdir -p "$root/etc/systemd/system-generators"
for generator in "$root"/usr/lib/systemd/system-generators/*; do
  ln -s /dev/null "$root/etc/systemd/system-generators/${generator##*/}"
done
chroot "$root" passwd --quiet --delete root
# A timer that would change files during a test.
chroot "$root" systemctl --quiet mask systemd-tmpfiles-clean.timer
