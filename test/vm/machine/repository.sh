#!/bin/bash
# repository.sh IMAGE: makes a file system with what the host of the tests needs of this repository, as last built.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/place.sh"
image=$1
[ -e "$repository/dist/program.cjs" ] || die "build the program first: npm run build"
files=$(mktemp -d)
trap 'rm -rf "$files"' EXIT
cd "$repository"
# The packages that the program needs at run time, without those of development.
mapfile -t packages < <(npm ls --omit=dev --all --parseable 2>/dev/null | sed -n "s|^$repository/||p")
tar --create --exclude=./docs bin dist nix plugins test package.json oclif.manifest.json "${packages[@]}" | tar --extract --directory "$files"
chmod 755 "$files"
truncate --size $(($(du --summarize --block-size=1M "$files" | cut -f1) * 3 / 2 + 32))M "$image"
mkfs.ext4 -q -F -O ^has_journal -d "$files" "$image"
