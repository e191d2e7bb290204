#!/bin/bash
# run.sh NAME [--cwd DIR] [--env NAME=VALUE]... [--] COMMAND...
# Runs COMMAND as root in the test host NAME. Standard input, outputs and exit code are those of the command.
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

# The command is in the host's cgroups, as if it had been started there, so that the host's systemd may move it.
echo $$ >"$(cat "$instance/cgroup")/payload/init.scope/cgroup.procs"

# Without a terminal, the command leads a new session, so that signals for its process group reach no other process.
session=(setsid)
[ ! -t 0 ] || session=()

# nsenter(1) could wait for the command itself, but it stops when the command is stopped, and systemd stops all
# processes at a shutdown, so the host could not end. timeout(1) keeps waiting, and ends as the command did: with its
# exit code or by its signal.
exec nsenter --target "$pid" --mount --uts --ipc --net --pid --no-fork --cgroup --root --wd -- \
  timeout --foreground 0 \
  "${session[@]}" env --ignore-environment --chdir="$directory" "${environment[@]}" "$@"
