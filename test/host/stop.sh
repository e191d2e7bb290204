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

# Ends the instance's processes, if they have a cgroup already.
kill_processes() {
  local cgroup
  cgroup=$(cat "$instance/cgroup" 2>/dev/null) || return 0
  [ -d "$cgroup" ] || return 0
  echo 1 >"$cgroup/cgroup.kill"
  until_deadline "processes of '$name' do not end" no_processes "$cgroup"
  # A scope of systemd's goes by itself.
  [ -d /run/systemd/system ] || find "$cgroup" -depth -type d -exec rmdir {} +
}

no_processes() {
  ! grep -qs '^populated 1' "$1/cgroup.events"
}

# The supervisor ends when its systemd-nspawn does, and its mount namespace with it.
no_supervisor() {
  kill_processes
  flock --nonblock "$alive_lock" true
}

until_deadline() {
  local complaint=$1 deadline=$((SECONDS + 30))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$deadline" ] || die "$complaint."
    sleep 0.02
  done
}

until_deadline "the supervisor of '$name' does not end" no_supervisor
rm -rf "$instance"
