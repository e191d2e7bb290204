#!/bin/bash
# boot.sh NIXPKGS [OPTION]... NAME: boots a test host that can build and run NixOS containers. The options are those of
# test/host/boot.sh.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/place.sh"
prepared=$("$tests/prepare.sh" "${1:?usage: boot.sh NIXPKGS [OPTION]... NAME}")
{ read -r programs && read -r nixpkgs && read -r nix; } <<<"$prepared"
exec "$here/boot.sh" --bind-ro "$programs:$programs_in_host" --bind-ro "$nixpkgs:$nixpkgs_in_host" --nix "$nix" "${@:2}"
