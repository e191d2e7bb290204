#!/bin/bash
# supervise.sh BASE NAME [NSPAWN-OPTION]...
# Runs the instance NAME until it is stopped or powers itself off. Boots it again when it reboots. boot.sh starts this
# in a separate mount namespace.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/place.sh"
base=$1
use_instance "$2"
shift 2
options=("$@")

# systemd-nspawn's exit code for a container that asked for a reboot, with --keep-unit (src/nspawn/nspawn.c).
rebooted=133

exec 8>"$alive_lock" 9>"$base.lock"
flock --nonblock 8 || die "'$name' is supervised already."
# Prevents the base from being deleted.
flock --shared 9

# systemd in the instance requires cgroup2 there. If this machine mixes it with the old hierarchies, cgroup2 is mounted
# in this namespace. The cgroup namespace is that of the machine, which systemd-nspawn needs.
machine_cgroups=$(findmnt --noheadings --first-only --types cgroup2 --output TARGET) ||
  die "this machine has no cgroup2 file system mounted."
if [ "$machine_cgroups" != /sys/fs/cgroup ]; then
  umount --lazy /sys/fs/cgroup
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
fi

# The files of systemd-nspawn for the instance. They disappear with this mount namespace.
mkdir -p /run/systemd/nspawn
mount -t tmpfs tmpfs /run/systemd/nspawn

if [ -e "$instance/image" ]; then
  mount -o loop "$instance/image" "$instance/root"
else
  # `volatile`, because the files of an instance are not needed after a crash of this machine.
  mount -t overlay "$label" \
    -o "lowerdir=$base,upperdir=$instance/upper,workdir=$instance/work,volatile" "$instance/root"
  for directory in var nix; do mount --bind "$instance/$directory" "$instance/root/$directory"; done
fi

for device in /dev/net/tun /dev/fuse /dev/kmsg; do
  [ ! -e "$device" ] || options+=("--bind=$device")
done

# =network, because with =yes networkd waits for udev, which does not run, and `lo` stays pending.
export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 SYSTEMD_NSPAWN_API_VFS_WRITABLE=network
nspawn=(
  systemd-nspawn --quiet --boot --directory="$instance/root" --machine="$label"
  --register=no --keep-unit --private-network --private-users=no
  --capability=all --system-call-filter='@default @known'
  --resolv-conf=off --timezone=off --link-journal=no --console=pipe
  --bind-ro="$repository:/opt/nixos-nspawn" "${options[@]}"
)

# If systemd is PID 1, it manages the hierarchy and delegates a part of it.
in_cgroup=()
if [ -d /run/systemd/system ]; then
  in_cgroup=(systemd-run --quiet --scope --collect --property=Delegate=yes --description="nixos-nspawn test host $name")
fi

# Enters the cgroup, writes its path on this machine to a file, and executes the command.
# shellcheck disable=SC2016 # expanded by the inner shell
enter='
  if [ -n "$1" ]; then mkdir -p "/sys/fs/cgroup$1" && echo $$ >"/sys/fs/cgroup$1/cgroup.procs"; fi
  printf "%s%s\n" "$2" "$(sed -n "s/^0:://p" /proc/self/cgroup)" >"$3"
  shift 3
  exec "$@"
'
own_cgroup=
[ ${#in_cgroup[@]} -gt 0 ] || own_cgroup=/nixos-nspawn-$label

while :; do
  status=0
  "${in_cgroup[@]}" bash -euc "$enter" enter "$own_cgroup" "$machine_cgroups" "$instance/cgroup" \
    "${nspawn[@]}" 8>&- 9>&- || status=$?
  [ "$status" = "$rebooted" ] || break
  # systemd-nspawn can start again only if the cgroups of the previous boot are deleted. A scope is new each time.
  [ -z "$own_cgroup" ] ||
    until_done "the cgroups of '$name' cannot be cleared" clear_cgroups "/sys/fs/cgroup$own_cgroup"
done
exit "$status"
