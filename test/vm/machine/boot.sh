#!/bin/bash
# boot.sh [--file-system ext4|btrfs|xfs] [--memory MIB] [--owner PID] NAME
# Boots a fresh virtual machine NAME and returns when it is up. First stops and deletes an earlier one of that name.
#   --file-system   that of the root; default ext4
#   --owner         the virtual machine ends when this process does
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/place.sh"

file_system=ext4
memory=2560
owner=
while [[ ${1-} == --* ]]; do
  case $1 in
    --file-system) file_system=${2:?--file-system needs a name} && shift 2 ;;
    --memory) memory=${2:?--memory needs a number} && shift 2 ;;
    --owner) owner=${2:?--owner needs a process id} && shift 2 ;;
    *) die "unknown option $1" ;;
  esac
done
usage='boot.sh [--file-system ext4|btrfs|xfs] [--memory MIB] [--owner PID] NAME'
[ $# = 1 ] || die "usage: $usage"
require_root
use_machine "$1"
images=$("$vm/build.sh" --file-system "$file_system")
accelerator=$("$vm/accelerator.sh" "$images")

"$vm/stop.sh" "$name"
mkdir -p "$machine"
# A copy, because a build with other inputs deletes these images.
cp "$images/key" "$machine/key"
"$vm/repository.sh" "$machine/repository.img"

# The machine need not outlive a crash of this one, so its flushes are ignored.
qemu-img create -q -f qcow2 -b "$images/$file_system.img" -F raw "$machine/root.qcow2"

# The first free port. QEMU exits if another process took it in the meantime.
for port in $(seq 22300 22399); do
  qemu-system-x86_64 -daemonize -pidfile "$machine/pid" -name "$name" \
    -machine "q35,accel=$accelerator" -cpu max -smp 2 -m "$memory" \
    -display none -serial "file:$machine/console.log" -monitor none \
    -kernel "$images/kernel" -initrd "$images/initramfs.gz" \
    -append "console=ttyS0 loglevel=4 rootfstype=$file_system apparmor=1 security=apparmor" \
    -drive "if=none,id=root,format=qcow2,cache=unsafe,file=$machine/root.qcow2" \
    -device virtio-blk-pci,drive=root,serial=root \
    -drive "if=none,id=repository,format=raw,readonly=on,file=$machine/repository.img" \
    -device virtio-blk-pci,drive=repository,serial=repository \
    -netdev "user,id=management,hostfwd=tcp:127.0.0.1:$port-:22" \
    -device virtio-net-pci,netdev=management,mac=52:54:00:00:00:01 \
    -netdev user,id=second,net=10.0.3.0/24,restrict=on \
    -device virtio-net-pci,netdev=second,mac=52:54:00:00:00:02 \
    -device virtio-rng-pci 2>"$machine/qemu.log" && break
  grep -q 'Could not set up host forwarding' "$machine/qemu.log" || break
done
[ -s "$machine/pid" ] || { cat "$machine/qemu.log" >&2 && die "QEMU did not start."; }
pid=$(cat "$machine/pid")
printf '%s\n' "$port" >"$machine/port"
printf '%s %s\n' "$pid" "$(started_at "$pid")" >"$machine/process"
if [ -n "$owner" ]; then
  setsid bash -c 'tail --pid="$0" -f /dev/null; exec "$1" "$2"' "$owner" "$vm/stop.sh" "$name" </dev/null >/dev/null 2>&1 &
fi

explain() {
  tail -n 40 "$machine/console.log" >&2
  die "the virtual machine '$name' $1; the last lines of its console are above."
}

"$vm/wait.sh" "$name" || explain "did not start"
