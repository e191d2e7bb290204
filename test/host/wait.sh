#!/bin/bash
# wait.sh NAME [SUPERVISOR]: returns when the test host NAME has booted. Fails if it does not boot or has a failed unit.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/place.sh"
use_instance "$1"
supervisor=${2-}

deadline=$((SECONDS + 90))
until state=$("$here/run.sh" "$name" systemctl is-system-running --wait 2>/dev/null) || [ "$state" = degraded ]; do
  [ "$SECONDS" -lt "$deadline" ] || die "'$name' has not booted in 90 seconds."
  [ -z "$supervisor" ] || kill -0 "$supervisor" 2>/dev/null || die "'$name' ended while it booted."
  sleep 0.05
done
if [ "$state" != running ]; then
  "$here/run.sh" "$name" systemctl --no-pager --failed >&2
  die "'$name' is $state."
fi
