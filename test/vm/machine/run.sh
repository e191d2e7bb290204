#!/bin/bash
# run.sh NAME [--cwd DIR] [--env NAME=VALUE]... [--] COMMAND...
# Runs COMMAND as root in the virtual machine NAME. Standard input, outputs and exit code are those of the command.
# Where the test host's run.sh ends the command with itself, this one only closes its input and outputs.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/place.sh"

use_machine "${1:?usage: run.sh NAME [--cwd DIR] [--env NAME=VALUE]... [--] COMMAND...}"
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
machine_runs || die "the virtual machine '$name' does not run."
use_connection
terminal=(-T)
[ ! -t 0 ] || terminal=(-tt)

# The processes are those that HostCommand (test/host/host-command.ts) expects of run.sh.
exec timeout --foreground 0 setsid "${ssh[@]}" "${terminal[@]}" -- \
  "exec $(printf '%q ' env --ignore-environment --chdir="$directory" "${environment[@]}" "$@")"
