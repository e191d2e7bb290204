# The package of the command from nix/package.nix, with the program that was built for these tests, because the npm
# packages are not available. Its PATH is that of the real package.
pkgs:
pkgs.callPackage ../../../nix/package.nix {
  importNpmLock = {
    __functor = _: _: null;
    npmConfigHook = null;
  };
  installShellFiles = null;
  makeWrapper = null;
  stdenvNoCC = null;
  buildNpmPackage =
    package:
    pkgs.runCommand package.pname { inherit (package) meta; } ''
      # wrapProgram FILE --suffix PATH : DIRECTORIES
      wrapProgram() {
        [ "$2 $3 $4" = "--suffix PATH :" ] || { echo "wrapProgram: $* is not known here." >&2; exit 1; }
        printf '#!%s\nexport PATH="$PATH:%s"\nexec %s %s "$@"\n' \
          ${pkgs.bash}/bin/bash "$5" ${package.nodejs}/bin/node ${toString ../../..}/bin/run.cjs >"$1"
        chmod +x "$1"
      }
      mkdir -p $out/bin
      ${package.postFixup}
    '';
}
