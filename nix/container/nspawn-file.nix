# The .nspawn file in the store. Which paths a closure has is known only when it is built.
{
  pkgs,
  name,
  settings,
  toplevel,
  text,
}:
let
  inherit (pkgs) lib;
  units = import ../units;
  file = pkgs.writeText "${name}.nspawn" text;

  # The closure as one directory, to mount in the place of the store. A mount for each of its paths would be a unit of
  # the container's systemd each, and many services copy all mounts at their start. The copy shares its blocks with
  # the store where the file system can do that.
  tree =
    pkgs.runCommand "nixos-nspawn-${name}-store"
      {
        info = pkgs.closureInfo { rootPaths = [ toplevel ]; };
        preferLocalBuild = true;
        allowSubstitutes = false;
      }
      ''
        mkdir $out
        xargs -a $info/store-paths cp -a -t $out
      '';
  lines = lib.concatStrings (
    lib.mapAttrsToList (key: values: lib.concatMapStrings (value: "${key}=${value}\n") values) (
      units.store.own settings "${tree}"
    )
  );
in
if settings.sharedNix then
  file
else
  pkgs.writeText "${name}.nspawn" (text + "\n[Files]\n" + lines)
