#!/bin/bash
# stop.sh NAME: ends the virtual machine NAME and deletes it.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/place.sh"
use_machine "${1:?usage: stop.sh NAME}"
[ -d "$machine" ] || exit 0
# QEMU may end by itself in the meantime.
if machine_runs; then kill -KILL "$(cut -d' ' -f1 "$machine/process")" || true; fi
has_ended() { ! machine_runs; }
until_done "QEMU of '$name' does not end" has_ended
rm -rf "$machine"
