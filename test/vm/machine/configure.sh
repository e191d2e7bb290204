#!/bin/bash
# configure.sh ROOT: turns the tree ROOT of a test host into that of the virtual machine.
set -euo pipefail
root=$1

# The same for each virtual machine, because an empty one makes systemd treat each boot as the first.
printf '6e69786f736e737061776e2d74657374\n' >"$root/etc/machine-id"
printf 'virtual-machine\n' >"$root/etc/hostname"
printf '127.0.0.1 localhost\n::1 localhost\n127.0.1.1 virtual-machine\n' >"$root/etc/hosts"

# What configure.sh of the test host disables to save time.
rm -r "$root/etc/systemd/system-generators"
sed -i /fsync-metadata/d "$root/etc/nix/nix.conf"
chroot "$root" systemctl --quiet unmask systemd-networkd-wait-online.service

# The link of the commands. Others, such as a second one, are for the tests.
cat >"$root/etc/systemd/network/80-management.network" <<'END'
[Match]
MACAddress=52:54:00:00:00:01

[Network]
DHCP=yes
END

# This repository. A file system of the host's kernel, such as an overlay, cannot be mounted by another kernel.
cat >"$root/etc/systemd/system/opt-nixos\\x2dnspawn.mount" <<'END'
[Unit]
ConditionVirtualization=!container

[Mount]
What=/dev/disk/by-id/virtio-repository
Where=/opt/nixos-nspawn
Options=ro

[Install]
WantedBy=local-fs.target
END
chroot "$root" systemctl --quiet enable 'opt-nixos\x2dnspawn.mount' ssh.service
# Each session of PAM takes a second of emulation.
printf 'UsePAM no\nUseDNS no\nMaxSessions 100\n' >"$root/etc/ssh/sshd_config.d/tests.conf"
install -d -m 700 "$root/root/.ssh"
# Otherwise the first boot repeats what the packages have done.
touch "$root/etc/.updated" "$root/var/.updated"
rm -rf "$root/var/cache/apt/archives" "$root/var/lib/apt/lists"
mkdir -p "$root/var/cache/apt/archives/partial"
