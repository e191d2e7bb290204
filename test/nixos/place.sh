# The paths of these tests. The scripts in this directory source it.

tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$tests/../host/place.sh"

# The paths on a host.
programs_in_host=/srv/programs
nixpkgs_in_host=/srv/nixpkgs

# Prints a short hash of the contents of these files.
key_of() {
  local path
  for path in "$@"; do
    if [ -d "$path" ]; then
      (cd "$path" && find . -type f -print0 | sort --zero-terminated | xargs --null cat -- && find . | sort)
    else
      cat "$path"
    fi
  done | sha256sum | cut -c1-16
}

# made KIND KEY: creates the directory KIND-KEY in the cache if it does not exist, and sets `directory`. The function
# `make_KIND DRAFT` fills it. Directories of other keys are deleted.
made() {
  local kind=$1 draft old
  directory=$cache/$kind-$2
  [ ! -d "$directory" ] || return 0
  mkdir -p "$cache"
  (
    flock 9
    [ ! -d "$directory" ] || exit 0
    for old in "$cache/$kind"-*; do [ ! -e "$old" ] || rm -rf --one-file-system "$old"; done
    draft=$cache/$kind-draft
    mkdir "$draft"
    "make_$kind" "$draft"
    mv -T "$draft" "$directory"
  ) 9>"$cache/$kind.lock"
}
