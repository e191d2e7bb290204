#!/bin/bash
# reboot.sh NAME: reboots the test host NAME, and returns when it is up again.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/place.sh"
use_instance "${1:?usage: reboot.sh NAME}"
require_root
before=$(leader) || die "the test host '$name' does not run."

# The command may end when its connection closes.
"$here/run.sh" "$name" systemctl reboot || true

# Checks from outside of the host: systemd waits ten seconds for a killed process that is not its child, such as that of
# run.sh (wait_for_children(), src/shared/killall.c and src/shutdown/shutdown.c).
is_another() {
  local now
  now=$(leader) && [ "$now" != "$before" ]
}
until_done "'$name' does not come back" is_another
"$here/wait.sh" "$name"
