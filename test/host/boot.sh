#!/bin/bash
# boot.sh [--suite SUITE] [--bind FROM:TO]... [--bind-ro FROM:TO]... [--nix DIRECTORY] [--image FILE] [--owner PID]
#   NAME
# Boots a fresh test host NAME and returns when it is up. First deletes an earlier one of that name, and every one whose
# owner (the process that would have stopped it) no longer exists. Its /nix is a copy of DIRECTORY, by default of the
# base's. With --image, it boots from the file system in that image instead, and changes it.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/place.sh"

binds=()
owner=
nix=
image=
while [[ ${1-} == --* ]]; do
  case $1 in
    --bind | --bind-ro) binds+=("$1=${2:?$1 needs FROM:TO}") && shift 2 ;;
    --suite) use_suite "${2:?--suite needs the name of a Debian release}" && shift 2 ;;
    --nix) nix=${2:?--nix needs a directory} && shift 2 ;;
    --image) image=${2:?--image needs a file} && shift 2 ;;
    --owner) owner=${2:?--owner needs a process id} && shift 2 ;;
    *) die "unknown option $1" ;;
  esac
done
usage='boot.sh [--suite SUITE] [--bind FROM:TO]... [--bind-ro FROM:TO]... [--nix DIRECTORY] [--image FILE]
  [--owner PID] NAME'
[ $# = 1 ] || die "usage: $usage"
require_root
use_instance "$1"
base=$("$here/build.sh" --suite "$suite")

mkdir -p "$cache/instances"
for orphan in "$cache"/instances/*/; do
  [ -s "$orphan/owner" ] || continue
  read -r pid since <"$orphan/owner"
  [ "$(started_at "$pid")" = "$since" ] || "$here/stop.sh" "$(basename "$orphan")"
done

# Each systemd, in a host and in each of its containers, uses a dozen inotify instances of root. With the kernel's
# default of 128, some of them fail ("Too many open files").
instances_limit=/proc/sys/fs/inotify/max_user_instances
[ "$(cat "$instances_limit")" -ge 4096 ] || echo 4096 >"$instances_limit"

exec 8>"$turn_lock"
flock 8
"$here/stop.sh" --has-turn "$name"

mkdir -p "$instance"/{root,upper/etc,work}
if [ -n "$image" ]; then
  ln -s "$(realpath "$image")" "$instance/image"
else
  # systemd-nspawn cannot map files on an overlay to other users (PrivateUsersOwnership=, rootidmap).
  cp -a "$base/var" "$instance"
  cp -a "${nix:-$base/nix}" "$instance/nix"
fi
[ -z "$owner" ] || printf '%s %s\n' "$owner" "$(started_at "$owner")" >"$instance/owner"
tr -d - </proc/sys/kernel/random/uuid >"$instance/upper/etc/machine-id"

# A new session, so that Ctrl-C does not end it, and a mount namespace, so that its mounts end with it.
setsid unshare --mount --propagation private \
  "$here/supervise.sh" "$base" "$name" "${binds[@]}" 8>&- </dev/null >"$instance/console.log" 2>&1 &
supervisor=$!

explain() {
  tail -n 40 "$instance/console.log" >&2
  die "the test host '$name' $1; the last lines of its console are above."
}

"$here/wait.sh" "$name" "$supervisor" || explain "did not start"
