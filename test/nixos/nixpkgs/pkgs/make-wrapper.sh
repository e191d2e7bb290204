# The part of nixpkgs' makeWrapper that NixOS uses: wrapProgram FILE --set NAME VALUE…
wrapProgram() {
  local file=$1 wrapped
  shift
  wrapped=$(dirname "$file")/.$(basename "$file")-wrapped
  mv "$file" "$wrapped"
  {
    echo '#!@shell@ -e'
    while [ $# -gt 0 ]; do
      [ "$1" = --set ] || { echo "wrapProgram: $1 is not known here." >&2 && return 1; }
      printf 'export %s=%q\n' "$2" "$3"
      shift 3
    done
    printf 'exec -a "$0" %q "$@"\n' "$wrapped"
  } >"$file"
  chmod +x "$file"
}
