# Where the parts of these tests lie. Sourced by the scripts beside it.

tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$tests/../host/place.sh"

# Where a host has them.
programs_in_host=/srv/programs
nixpkgs_in_host=/srv/nixpkgs

# A short name for what these files say, wherever they lie.
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

# made KIND KEY: makes the directory KIND-KEY of the cache, unless it is there, and sets `directory`. `make_KIND DRAFT`
# fills it. Those of other keys go, which the cache keeps no longer than needed.
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
