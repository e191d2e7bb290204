#!/bin/bash
# prepare.sh NIXPKGS: creates what the hosts of these tests need if it does not exist, and prints the paths, one per
# line: the Debian programs, a nixpkgs with these programs and NIXPKGS's lib/ and nixos/, and a /nix in which a
# container was built. Needs root. The first run takes about three minutes.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/place.sh"
require_root
source=$(cd "${1:?usage: prepare.sh NIXPKGS}" && pwd)
for part in lib nixos/modules; do
  [ -d "$source/$part" ] || die "$source is no nixpkgs: it has no $part."
done

given=${NIXOS_NSPAWN_TEST_PROGRAMS:+$(cd "$NIXOS_NSPAWN_TEST_PROGRAMS" && pwd)}

[ -e "$source/nixos/modules/system/activation/switch-to-configuration.pl" ] || [ -e "${given:-/nowhere}/switch-to-configuration" ] ||
  die "$source has no switch-to-configuration.pl: set NIXOS_NSPAWN_TEST_PROGRAMS to a directory with its switch-to-configuration (test/nixos/README.md)."

say() { printf '%s\n' "$*" >&2; }

make_programs() {
  local archives=$cache/archives-trixie include
  say 'Making the Debian programs of the NixOS tests (about a minute).'
  include=$(sed -E 's/#.*//; s/[[:space:]]+//g; /^$/d' "$tests/programs.list" | paste -sd, -)
  mkdir -p "$archives/partial"
  unshare --mount --propagation private mmdebstrap --quiet --mode=root --variant=minbase --format=directory \
    --aptopt='Acquire::Languages "none"' --aptopt='APT::Install-Recommends "false"' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --skip=essential/unlink \
    --setup-hook='mkdir -p "$1"/var/cache/apt/archives/' \
    --setup-hook="sync-in '$archives' /var/cache/apt/archives/" \
    --customize-hook="sync-out /var/cache/apt/archives '$archives'" \
    --include="$include" trixie "$1" >&2
}

make_nixpkgs() {
  cp -r "$source/lib" "$source/nixos" "$1"
  cp -r "$tests/nixpkgs/." "$1"
  chmod -R u+w "$1"
  # The modules of NixOS refer to maintainers.
  mkdir -p "$1/maintainers"
  echo '{ }' >"$1/maintainers/maintainer-list.nix"
  echo '{ lib }: { }' >"$1/maintainers/team-list.nix"
  if [ -n "$given" ]; then cp -rL "$given" "$1/pkgs/given"; fi
  printf '{ "path": "%s", "id": "%s" }\n' "$programs_in_host" "${programs##*-}" >"$1/pkgs/debian.json"
  sed -i '0,/^\[/s,^\[,[ ../programs.nix,' "$1/nixos/modules/module-list.nix"
  grep -q '^\[ \.\./programs\.nix' "$1/nixos/modules/module-list.nix" || die "$source lists its modules in another way."
}

# Builds once what the first container of each host would build, which takes a minute.
make_store() {
  local host=nixos-store expression
  say 'Building a first container of the NixOS tests (about a minute).'
  "$here/boot.sh" --suite trixie --owner $$ --bind-ro "$programs:$programs_in_host" --bind-ro "$nixpkgs:$nixpkgs_in_host" "$host"
  "$here/run.sh" "$host" -- nix-build --quiet /opt/nixos-nspawn/nix/eval-config.nix \
    --argstr config /opt/nixos-nspawn/test/nixos/containers/web.nix --argstr name web \
    --argstr nixpkgs "$nixpkgs_in_host" --out-link /nix/var/nix/gcroots/nixos-tests >&2
  use_instance "$host"
  cp -a "$instance/nix" "$1"
  "$here/stop.sh" "$host"
}

# build.sh installs mmdebstrap if it is missing.
base=$("$here/build.sh" --suite trixie)
command -v mmdebstrap >/dev/null || die 'install mmdebstrap first.'
made programs "$(key_of "$tests/programs.list")"
programs=$directory
made nixpkgs "$(key_of "$tests/nixpkgs" "$tests/prepare.sh" "$source/lib" "$source/nixos" ${given:+"$given"} <(echo "$programs"))"
nixpkgs=$directory
made store "$(key_of <(basename --multiple "$base" "$nixpkgs"))"
printf '%s\n' "$programs" "$nixpkgs" "$directory/nix"
