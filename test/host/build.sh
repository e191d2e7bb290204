#!/bin/bash
# build.sh [--suite SUITE]: builds the file system of the test host, unless it exists, and prints its path. SUITE is a
# release of Debian; the default is $NIXOS_NSPAWN_TEST_SUITE, or trixie.
# Needs root and a Debian-like machine. Installs the packages that it needs.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/place.sh"
case ${1-} in
  --suite) use_suite "${2:?--suite needs the name of a Debian release}" ;;
  '') ;;
  *) die "usage: build.sh [--suite SUITE]" ;;
esac
require_root

say() { printf '%s\n' "$*" >&2; }

install_missing() {
  local packages=()
  command -v mmdebstrap >/dev/null || packages+=(mmdebstrap)
  command -v systemd-nspawn >/dev/null || packages+=(systemd-container)
  command -v nsenter >/dev/null || packages+=(util-linux)
  [ ${#packages[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null || die "install ${packages[*]} first: this machine has no apt-get to do it with."
  say "Installing ${packages[*]}."
  export DEBIAN_FRONTEND=noninteractive
  apt-get install --yes --no-install-recommends "${packages[@]}" >&2 ||
    { apt-get update >&2 && apt-get install --yes --no-install-recommends "${packages[@]}" >&2; }
}

# The packages are kept, so that a change of the list fetches only new ones. A mirror's copy of a testing release may be
# older than its Release file allows.
bootstrap() {
  local include
  include=$(sed -E 's/#.*//; s/[[:space:]]+//g; /^$/d' "$here/packages.list" | paste -sd, -)
  local archives=$cache/archives-$suite
  mkdir -p "$archives/partial"
  # A mount namespace, so that the mounts of a killed build disappear.
  unshare --mount --propagation private mmdebstrap --quiet --mode=root --variant=minbase --format=directory \
    --aptopt='Acquire::Languages "none"' \
    --aptopt='APT::Install-Recommends "false"' \
    --aptopt='Acquire::Check-Valid-Until "false"' \
    --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' \
    --skip=essential/unlink \
    --setup-hook='mkdir -p "$1"/var/cache/apt/archives/' \
    --setup-hook="sync-in '$archives' /var/cache/apt/archives/" \
    --customize-hook="sync-out /var/cache/apt/archives '$archives'" \
    --customize-hook="'$here/configure.sh' \"\$1\"" \
    --include="$include" "$suite" "$1" >&2
}

# Adds the common parts of all fixture containers to the store, with a garbage collector root. The first run of nix-env
# creates its files.
prebuild_fixtures() {
  local root=$1
  install -D --mode=644 "$repository/test/fixtures/flake/base.nix" "$root/tmp/fixtures/base.nix"
  # Separate namespaces, so that no mount and no process outlives the build.
  unshare --mount --pid --fork --kill-child --propagation private bash -euc '
    mount -t proc proc "$0/proc"
    mount --rbind /dev "$0/dev"
    exec chroot "$0" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin bash -euc "
      nix-build --quiet /tmp/fixtures/base.nix --out-link /nix/var/nix/gcroots/test-host
      nix-env --quiet --query"
  ' "$root" >&2
  rm -rf "$root/tmp/fixtures" "$root/root/.cache"
}

# Deletes a draft. A killed build may have left file systems of the kernel mounted in it.
discard() {
  local mount_point
  while read -r mount_point; do umount --lazy "$mount_point"; done < <(
    awk -v below="$1/" 'index($2 "/", below) == 1 { print $2 }' /proc/self/mounts | sort --reverse
  )
  rm -rf --one-file-system "$1"
}

# Deletes bases of earlier inputs. A base that an instance still uses is kept: the supervisor of the instance locks it.
remove_old_bases() {
  local old
  for old in "$cache/base-$suite"-*; do
    [ -d "$old" ] && [ "$old" != "$base" ] || continue
    # First rename it. A part of a base would be taken for a whole one if this is interrupted.
    if flock --exclusive --nonblock "$old.lock" mv -T "$old" "$cache/building-old-$$"; then
      rm -rf "$cache/building-old-$$" "$old.lock"
    fi
  done
}

base=$(base_directory)
if [ ! -d "$base" ]; then
  mkdir -p "$cache"
  exec 9>"$cache/build.lock"
  flock --nonblock 9 || { say "Waiting for another build of the test host." && flock 9; }
  if [ ! -d "$base" ]; then
    install_missing
    say "Building the test host of $suite (about a minute)."
    for draft in "$cache"/building-*; do discard "$draft"; done
    draft=$cache/building-$$
    trap 'discard "$draft"' EXIT
    bootstrap "$draft"
    prebuild_fixtures "$draft"
    mv -T "$draft" "$base"
    remove_old_bases
  fi
fi
printf '%s\n' "$base"
