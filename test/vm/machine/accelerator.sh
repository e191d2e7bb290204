#!/bin/bash
# accelerator.sh IMAGES: prints `kvm` if a guest runs with it on this machine, otherwise `tcg`, QEMU's emulation. The
# device may exist and its guests hang, so one is started, for at most 20 seconds, once per boot of this machine.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/place.sh"
images=$1
known=$cache/vm-accelerator
boot=$(cat /proc/sys/kernel/random/boot_id)
if ! { read -r accelerator since <"$known" && [ "$since" = "$boot" ]; } 2>/dev/null; then
  accelerator=tcg
  if [ -c /dev/kvm ] && timeout --kill-after=1 20 qemu-system-x86_64 -machine q35,accel=kvm -cpu host -m 512 \
    -nographic -no-reboot -kernel "$images/kernel" -initrd "$images/initramfs.gz" \
    -append 'console=ttyS0 quiet panic=-1 nixos-nspawn.probe' </dev/null 2>&1 | grep -q 'the guest runs'; then
    accelerator=kvm
  fi
  printf '%s %s\n' "$accelerator" "$boot" >"$known"
fi
printf '%s\n' "$accelerator"
