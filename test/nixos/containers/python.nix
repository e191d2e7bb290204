# A container for the Python tool, and what its modules take for granted of the nixpkgs of their time, where the given one
# is older.
text:
{
  config,
  lib,
  pkgs,
  ...
}:
let
  units = import ../../../nix/units;
  sectionsOf = import ../../../nix/container/sections.nix;
in
{
  imports = [
    (import ./page.nix text)
    ../../../nix/container/nspawn-settings.nix
  ];
  options.boot.isNspawnContainer = lib.mkOption { default = false; };
  config = {
    boot.isContainer = lib.mkIf config.boot.isNspawnContainer true;
    # Debian's; the Python tool would build another.
    security.sudo.package = pkgs.sudo;
    environment.etc = lib.mapAttrs' (name: nspawn: {
      name = "systemd/nspawn/${name}.nspawn";
      value.text = units.render.nspawn (sectionsOf nspawn);
    }) config.systemd.nspawn;
  };
}
