#!/bin/bash
# uplink.sh NAME [RUN]: connects the test host NAME to another machine, which is the network namespace `outside` in the
# host. RUN is the script that runs commands in the host, by default run.sh.
#   outside  10.99.0.1/24  fd99::1/64   the host's default gateway, without routes to the containers of the host
#   host     10.99.0.2/24  fd99::2/64   on `uplink0`, configured by networkd, with forwarding
# Run commands on the other machine with `run.sh NAME ip netns exec outside COMMAND…`.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/place.sh"
"${2-$here/run.sh}" "${1:?usage: uplink.sh NAME [RUN]}" bash -euo pipefail -s <<'END'
mkdir -p /run/systemd/network
cat >/run/systemd/network/10-uplink0.network <<'UNIT'
[Match]
Name=uplink0

[Network]
LinkLocalAddressing=ipv6
IPv6AcceptRA=no
Gateway=10.99.0.1
Gateway=fd99::1
IPv4Forwarding=yes
IPv6Forwarding=yes

[Address]
Address=10.99.0.2/24

[Address]
Address=fd99::2/64
DuplicateAddressDetection=none
UNIT
ip netns add outside
ip link add uplink0 type veth peer name eth0 netns outside
ip -n outside link set lo up
ip -n outside link set eth0 up
ip -n outside address add 10.99.0.1/24 dev eth0
ip -n outside address add fd99::1/64 dev eth0 nodad
networkctl reload
/usr/lib/systemd/systemd-networkd-wait-online --interface=uplink0:routable --timeout=20
END
