# The .nspawn file in the store. The paths of a closure are known only when it is built.
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

  # The closure as one directory, which is mounted instead of the store. With a mount for each path, the container's
  # systemd would have a unit for each path, and many services would copy all mounts when they start. The copy shares its
  # blocks with the store if the file system supports this.
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
