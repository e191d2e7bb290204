#!/bin/bash
# join.sh A B: connects two test hosts by a link of their own, `join0` in both.
#   A  10.98.0.1/24    B  10.98.0.2/24
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/place.sh"
usage='usage: join.sh A B'
a=${1:?$usage} b=${2:?$usage}
require_root
pid_of() { use_instance "$1" && leader; }
inside() { "$here/run.sh" "$@"; }
pid_a=$(pid_of "$a") && pid_b=$(pid_of "$b") || die "both hosts must run."

# The link is made in the namespace of A, by the programs of A, and one end is moved to B. The namespace of B has to have
# a name in A for that, or a process whose /proc this machine sees.
nsenter --target "$pid_a" --net -- ip link add join0 type veth peer name join1
nsenter --target "$pid_a" --net -- ip link set join1 netns "$pid_b"
inside "$b" ip link set join1 name join0
inside "$a" ip address add 10.98.0.1/24 dev join0
inside "$b" ip address add 10.98.0.2/24 dev join0
inside "$a" ip link set join0 up
inside "$b" ip link set join0 up
