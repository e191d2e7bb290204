#!/bin/bash
# stop.sh NAME | --all: deletes the test host NAME, running or not, with everything in it.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/place.sh"

require_root
if [ "${1-}" = --all ]; then
  for directory in "$cache"/instances/*/; do
    [ ! -d "$directory" ] || "$0" "$(basename "$directory")"
  done
  exit 0
fi
# boot.sh already holds the turn lock of the instance.
if [ "${1-}" = --has-turn ]; then
  use_instance "$2"
else
  use_instance "${1:?usage: stop.sh NAME | --all}"
  mkdir -p "$cache/instances"
  exec 8>"$turn_lock"
  flock 8
fi
[ -d "$instance" ] || exit 0

# Ends the instance's processes, if they have a cgroup already. The supervisor ends with its systemd-nspawn, and the
# mount namespace with the supervisor.
no_process() {
  local cgroup
  if cgroup=$(cat "$instance/cgroup" 2>/dev/null) && [ -d "$cgroup" ]; then
    # systemd deletes its scope itself.
    clear_cgroups "$cgroup" && { [ -d /run/systemd/system ] || rmdir "$cgroup"; } || return 1
  fi
  flock --nonblock "$alive_lock" true
}

until_done "the processes of '$name' do not end" no_process
# NixOS makes /var/empty of each container immutable, and tests do so with other files. If rm fails, these attributes
# are removed. chattr fails for links. The second rm then reports what is left.
if ! rm -rf "$instance" 2>/dev/null; then
  chattr -R -f -ia "$instance" || true
  rm -rf "$instance"
fi
