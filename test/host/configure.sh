#!/bin/bash
# configure.sh ROOT: makes the plain Debian tree ROOT a test host.
set -euo pipefail
root=$1

printf 'test-host\n' >"$root/etc/hostname"
printf '127.0.0.1 localhost\n::1 localhost\n127.0.1.1 test-host\n' >"$root/etc/hosts"
# Each instance gets a machine id of its own.
: >"$root/etc/machine-id"
ln -sfn ../run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"
mkdir -p "$root/etc/systemd/nspawn" "$root/etc/systemd/network" "$root/etc/nix" \
  "$root/var/lib/machines" "$root/var/log/journal" "$root/opt/nixos-nspawn"
chmod 700 "$root/var/lib/machines"
ln -s /opt/nixos-nspawn/bin/run.cjs "$root/usr/local/bin/nixos-nspawn"

# The first container would make these, and they stay: every host has them from the start.
cat >"$root/etc/tmpfiles.d/nspawn.conf" <<'END'
d /run/systemd/nspawn 0755
d /run/systemd/nspawn/locks 0700
d /run/systemd/nspawn/propagate 0600
d /run/systemd/nspawn/unix-export 0755
END

# Root builds without a daemon, and nothing comes from elsewhere. Instances are thrown away: no need to wait for the disk.
cat >"$root/etc/nix/nix.conf" <<'END'
experimental-features = nix-command flakes
sandbox = false
build-users-group =
substituters =
flake-registry =
fsync-metadata = false
END

chroot "$root" systemctl --quiet enable systemd-networkd.service systemd-resolved.service machines.target
# What a test host has no use for: consoles, clocks and the upkeep of a machine that lives for minutes.
chroot "$root" systemctl --quiet mask \
  systemd-networkd-wait-online.service systemd-timesyncd.service \
  getty.target console-getty.service \
  apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer
# Nothing here is found by generators, which run anew with each daemon-reload: two thirds of its time.
mkdir -p "$root/etc/systemd/system-generators"
for generator in "$root"/usr/lib/systemd/system-generators/*; do
  ln -s /dev/null "$root/etc/systemd/system-generators/${generator##*/}"
done
chroot "$root" passwd --quiet --delete root
# Timers that would start work, and change files, in the middle of a test.
chroot "$root" systemctl --quiet mask systemd-tmpfiles-clean.timer
