#!/bin/bash
# run.sh NAME [--cwd DIR] [--env NAME=VALUE]... [--] COMMAND...
# Runs COMMAND as root in the test host NAME: standard input, outputs and the exit code are the command's own.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/place.sh"

use_instance "${1:?usage: run.sh NAME [--cwd DIR] [--env NAME=VALUE]... [--] COMMAND...}"
shift
environment=(HOME=/root LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TERM="${TERM:-dumb}")
directory=/root
while [[ ${1-} == --* ]]; do
  case $1 in
    --cwd) directory=$2 && shift 2 ;;
    --env) environment+=("$2") && shift 2 ;;
    --) shift && break ;;
    *) die "unknown option $1" ;;
  esac
done
[ $# -gt 0 ] || die "no command"
require_root
pid=$(leader) || die "the test host '$name' does not run."

# The command belongs to the host's cgroups, as if it had been started there: the host's systemd may move it.
echo $$ >"$(cat "$instance/cgroup")/payload/init.scope/cgroup.procs"

# Without a terminal the command leads a session of its own, so that signals for its process group reach nobody else.
session=(setsid)
[ ! -t 0 ] || session=()

# nsenter(1) would wait for the command itself, but it stops when the command is stopped, and systemd stops all processes
# when it shuts down: the host could not end. timeout(1) waits with more patience, and ends as the command did: with its
# exit code or by its signal.
exec nsenter --target "$pid" --mount --uts --ipc --net --pid --no-fork --cgroup --root --wd -- \
  timeout --foreground 0 \
  "${session[@]}" env --ignore-environment --chdir="$directory" "${environment[@]}" "$@"
