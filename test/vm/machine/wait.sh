#!/bin/bash
# wait.sh NAME: returns when the virtual machine NAME has booted. Fails if it does not boot or has a failed unit.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/place.sh"
use_machine "${1:?usage: wait.sh NAME}"
use_connection

# Emulation is slow on a busy machine.
deadline=$((SECONDS + 300))
until "${ssh[@]}" -O check 2>/dev/null || "${ssh[@]}" -MNf </dev/null >/dev/null 2>&1; do
  [ "$SECONDS" -lt "$deadline" ] || die "'$name' has not booted in 300 seconds."
  machine_runs || die "'$name' ended while it booted."
  sleep 0.2
done
state=$("$vm/run.sh" "$name" systemctl is-system-running --wait || true)
if [ "$state" != running ]; then
  "$vm/run.sh" "$name" systemctl --no-pager --failed >&2
  die "'$name' is ${state:-not connected}."
fi
