#!/bin/bash
# stop.sh NAME | --all: throws the test host NAME away, running or not, with everything that is in it.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/place.sh"

require_root
if [ "${1-}" = --all ]; then
  for directory in "$cache"/instances/*/; do
    [ ! -d "$directory" ] || "$0" "$(basename "$directory")"
  done
  exit 0
fi
# boot.sh has taken the instance's turn already.
if [ "${1-}" = --has-turn ]; then
  use_instance "$2"
else
  use_instance "${1:?usage: stop.sh NAME | --all}"
  mkdir -p "$cache/instances"
  exec 8>"$turn_lock"
  flock 8
fi
[ -d "$instance" ] || exit 0

# Ends the processes; the supervisor then ends by itself, and with it the mount namespace and all its mounts.
if [ -s "$instance/cgroup" ]; then
  cgroup=$(cat "$instance/cgroup")
  if [ -d "$cgroup" ]; then
    echo 1 >"$cgroup/cgroup.kill"
    deadline=$((SECONDS + 30))
    while grep -qs '^populated 1' "$cgroup/cgroup.events"; do
      [ "$SECONDS" -lt "$deadline" ] || die "processes of '$name' do not end: $(find "$cgroup" -name cgroup.procs -exec cat {} +)"
      sleep 0.02
    done
    # A scope of systemd's goes by itself.
    [ -d /run/systemd/system ] || find "$cgroup" -depth -type d -exec rmdir {} +
  fi
fi
flock --timeout 30 "$alive_lock" true || die "the supervisor of '$name' does not end."
rm -rf "$instance"
