#!/bin/bash
# build.sh [--file-system ext4|btrfs|xfs]: builds what the virtual machine boots from, unless it exists, and prints the
# directory. It contains a kernel (`kernel`), an initramfs, the tree of the root file system (`tree`), an image of it
# for each file system, and the key of its SSH server.
# Needs root and a Debian-like machine. Installs the packages that it needs.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/place.sh"
file_system=ext4
case ${1-} in
  --file-system) file_system=${2:?--file-system needs a name} ;;
  '') ;;
  *) die "usage: build.sh [--file-system ext4|btrfs|xfs]" ;;
esac
[[ $file_system =~ ^(ext4|btrfs|xfs)$ ]] || die "'$file_system' is not supported. Use ext4, btrfs or xfs."
require_root
[ "$(uname -m)" = x86_64 ] || die "the virtual machine is an x86_64, and this machine is not."

say() { printf '%s\n' "$*" >&2; }

install_missing() {
  local packages=()
  command -v qemu-system-x86_64 >/dev/null || packages+=(qemu-system-x86)
  command -v qemu-img >/dev/null || packages+=(qemu-utils)
  command -v mkfs.btrfs >/dev/null || packages+=(btrfs-progs)
  command -v mkfs.xfs >/dev/null || packages+=(xfsprogs)
  command -v mkfs.ext4 >/dev/null || packages+=(e2fsprogs)
  command -v ssh >/dev/null || packages+=(openssh-client)
  command -v cpio >/dev/null || packages+=(cpio)
  command -v xz >/dev/null || packages+=(xz-utils)
  [ ${#packages[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null || die "install ${packages[*]} first: this machine has no apt-get to do it with."
  say "Installing ${packages[*]}."
  export DEBIAN_FRONTEND=noninteractive
  apt-get install --yes --no-install-recommends "${packages[@]}" >&2 ||
    { apt-get update >&2 && apt-get install --yes --no-install-recommends "${packages[@]}" >&2; }
}

# A copy of the test host, with further packages.
make_tree() {
  local tree=$1 packages
  cp -a "$("$here/build.sh" --suite "$suite")" "$tree"
  packages=$(sed -E 's/#.*//; /^[[:space:]]*$/d' "$vm/packages.list" | paste -sd' ')
  # Separate namespaces, so that no mount and no process outlives the build.
  unshare --mount --pid --fork --kill-child --propagation private bash -euc '
    mount -t proc proc "$0/proc"
    mount --rbind /dev "$0/dev"
    mount -t tmpfs tmpfs "$0/run"
    # The link /etc/resolv.conf leads there.
    mkdir -p "$0/run/systemd/resolve"
    cp -L /etc/resolv.conf "$0/run/systemd/resolve/stub-resolv.conf"
    exec chroot "$0" env -i DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin sh -euc "
      apt-get -q=2 -o Acquire::Check-Valid-Until=false update
      apt-get -q=2 --yes --no-install-recommends install $1 </dev/null"
  ' "$tree" "$packages" >"$draft/apt.log" 2>&1 || { tail -n 20 "$draft/apt.log" >&2 && die "the packages could not be installed."; }
  "$vm/configure.sh" "$tree"
  ssh-keygen -q -t ed25519 -N '' -C '' -f "$draft/key"
  cp "$draft/key.pub" "$tree/root/.ssh/authorized_keys"
}

# An initramfs with the modules of the disk and of its file systems, in the order in which they are loaded.
make_initramfs() {
  local tree=$1 files=$draft/initramfs number=100 version kind module
  version=$(basename "$tree"/usr/lib/modules/*)
  cp "$tree/boot/vmlinuz-$version" "$draft/kernel"
  mkdir -p "$files"/{bin,modules}
  cp "$tree/usr/bin/busybox" "$files/bin/busybox"
  for program in sh mkdir mount umount grep sed sleep insmod poweroff switch_root; do
    ln -s busybox "$files/bin/$program"
  done
  install -m 755 "$vm/initramfs-init" "$files/init"
  while read -r kind module _; do
    [ "$kind" = insmod ] || continue
    number=$((number + 1))
    xz -dc "$tree$module" >"$files/modules/$number.ko"
  done < <(for name in virtio_blk btrfs xfs; do
    chroot "$tree" modprobe --set-version "$version" --show-depends "$name"
  done | awk '!seen[$0]++')
  (cd "$files" && find . | cpio --quiet --create --format newc | gzip) >"$draft/initramfs.gz"
  rm -r "$files"
}

# An image with the tree. It is sparse.
make_image() {
  local image=$1 kind=$2
  truncate --size 6G "$image"
  case $kind in
    ext4) mkfs.ext4 -q "$image" ;;
    btrfs) mkfs.btrfs -q "$image" >&2 ;;
    xfs) mkfs.xfs -q "$image" ;;
  esac
  unshare --mount --propagation private bash -euc '
    mount -o loop "$1" /mnt
    cp -a "$0/." /mnt
    umount /mnt' "$images/tree" "$image" >&2
}

images=$(images_directory)
mkdir -p "$cache"
exec 9>"$cache/vm-build.lock"
flock 9
install_missing
if [ ! -d "$images" ]; then
  say "Building the virtual machine of $suite (one to two minutes)."
  rm -rf "$cache"/vm-building-* "$cache/vm-$suite"-*
  draft=$cache/vm-building-$$
  mkdir "$draft"
  trap 'rm -rf "$draft"' EXIT
  make_tree "$draft/tree"
  make_initramfs "$draft/tree"
  mv -T "$draft" "$images"
fi
if [ ! -e "$images/$file_system.img" ]; then
  say "Building an image with $file_system."
  make_image "$images/draft.img" "$file_system"
  mv "$images/draft.img" "$images/$file_system.img"
fi
printf '%s\n' "$images"
