#!/bin/bash
# reboot.sh NAME: reboots the virtual machine NAME, and returns when it is up again.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/place.sh"
use_machine "${1:?usage: reboot.sh NAME}"
use_connection
boot_id=/proc/sys/kernel/random/boot_id
before=$("$vm/run.sh" "$name" cat "$boot_id")
# The command may end when its connection closes.
"$vm/run.sh" "$name" systemctl reboot || true
is_another() {
  "${ssh[@]}" -O exit 2>/dev/null || true
  local now
  now=$("$vm/run.sh" "$name" cat "$boot_id" 2>/dev/null </dev/null) && [ "$now" != "$before" ]
}
deadline=$((SECONDS + 300))
until is_another; do
  [ "$SECONDS" -lt "$deadline" ] || die "'$name' does not come back."
  machine_runs || die "'$name' ended instead of rebooting."
  sleep 0.5
done
"$vm/wait.sh" "$name"
