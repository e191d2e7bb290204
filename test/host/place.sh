# The paths of the test host. The scripts in this directory source it.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(cd "$here/../.." && pwd)
cache=${NIXOS_NSPAWN_TEST_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/nixos-nspawn-test-host}

# The Debian release of the host. Each release has its own base.
suite=${NIXOS_NSPAWN_TEST_SUITE:-trixie}

# Everything that determines the content of the base. If one of them changes, a new base is built.
base_inputs=("$here/build.sh" "$here/configure.sh" "$here/packages.list" "$repository/test/fixtures/flake/base.nix")

die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

require_root() {
  [ "$(id -u)" = 0 ] || die "this needs root: it mounts, and it starts systemd-nspawn."
}

base_key() {
  { uname -m && cat "${base_inputs[@]}"; } | sha256sum | cut -c1-16
}

base_directory() {
  printf '%s/base-%s-%s\n' "$cache" "$suite" "$(base_key)"
}

use_suite() {
  [[ $1 =~ ^[a-z]+$ ]] || die "'$1' is not the name of a Debian release. Use trixie, forky or sid."
  suite=$1
}
use_suite "$suite"

# Sets the paths of the instance NAME.
use_instance() {
  [[ $1 =~ ^[a-z0-9][a-z0-9-]{0,40}$ ]] || die "'$1' is no name for a test host: use lower-case letters, digits and dashes."
  name=$1
  instance=$cache/instances/$name
  # Its name on this machine. Two checkouts with separate caches can run tests at the same time.
  label=test-host-$name-$(printf %s "$cache" | cksum | cut -d' ' -f1)
  # Held while the instance is started or stopped, and by its supervisor as long as it runs.
  turn_lock=$cache/instances/$name.turn
  alive_lock=$instance/alive
}

# The PID on this machine of the instance's PID 1.
leader() {
  local cgroup pid
  cgroup=$(cat "$instance/cgroup" 2>/dev/null) || return 1
  while read -r pid; do
    # The last number is the one in the innermost namespace.
    if [[ $(grep ^NSpid: "/proc/$pid/status" 2>/dev/null) =~ [[:space:]]1$ ]]; then
      printf '%s\n' "$pid"
      return 0
    fi
  done < <(cat "$cgroup/payload/init.scope/cgroup.procs" 2>/dev/null)
  return 1
}

# The start time of a process in clock ticks (proc(5), stat). Together with the PID, it identifies a process.
started_at() {
  sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20
}

# until_done COMPLAINT COMMAND…: repeats the command until it succeeds.
until_done() {
  local complaint=$1 deadline=$((SECONDS + 30))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$deadline" ] || die "$complaint."
    sleep 0.02
  done
}

# Kills the processes in the cgroups below a directory and deletes the cgroups. If it fails, try again: a run.sh may
# have entered a cgroup in the meantime.
clear_cgroups() {
  echo 1 >"$1/cgroup.kill"
  ! grep -qs '^populated 1' "$1/cgroup.events" &&
    find "$1" -mindepth 1 -depth -type d -exec rmdir {} + 2>/dev/null
}
