# The part of nixpkgs' stdenv that the builders of NixOS use. Each builder sources it, in the test host's bash.
set -eu -o pipefail
# A NixOS host has nothing in the first four directories.
export PATH=/usr/bin:/bin:/usr/sbin:/sbin:$programs/usr/bin:$programs/usr/sbin
for i in ${inputs-}; do PATH=$PATH:$i/bin; done

# NixOS checks its Perl scripts and the sudoers file at build time. The test host lacks what these checks load.
export PERL5LIB=$programs/etc/perl:$programs/usr/share/perl5
for i in "$programs"/usr/lib/*-linux-gnu/perl{5,}/5.* "$programs"/usr/share/perl/5.*; do PERL5LIB+=:$i; done
export LD_LIBRARY_PATH=$programs/usr/libexec/sudo

# substitute FROM TO [--subst-var NAME | --subst-var-by NAME TEXT | --replace… OLD NEW]…
substitute() {
  local from=$1 to=$2 text pattern replacement
  shift 2
  # The added character preserves trailing newlines.
  text=$(cat "$from" && printf x) && text=${text%x}
  while [ $# -gt 0 ]; do
    case $1 in
      --subst-var) pattern="@$2@" replacement=${!2-} && shift 2 ;;
      --subst-var-by) pattern="@$2@" replacement=$3 && shift 3 ;;
      --replace | --replace-fail | --replace-quiet | --replace-warn) pattern=$2 replacement=$3 && shift 3 ;;
      *) echo "substitute: unknown option $1" >&2 && return 1 ;;
    esac
    text=${text//"$pattern"/"$replacement"}
  done
  printf %s "$text" >"$to.new"
  mv "$to.new" "$to"
}

# substituteInPlace FILE… OPTION…
substituteInPlace() {
  local file mode
  local -a files=()
  while [ $# -gt 0 ] && [[ $1 != --* ]]; do files+=("$1") && shift; done
  for file in "${files[@]}"; do
    mode=$(stat -c %a "$file")
    substitute "$file" "$file" "$@"
    chmod "$mode" "$file"
  done
}

installManPage() { :; }
installShellCompletion() { :; }

# Builders of nixpkgs expect both settings.
shopt -s nullglob
set +u
