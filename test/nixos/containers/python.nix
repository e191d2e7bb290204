# A container for the Python tool. It adds what the tool's modules need, but that an older nixpkgs does not
# have.
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
    # Debian's sudo. The Python tool would build another one.
    security.sudo.package = pkgs.sudo;
    environment.etc = lib.mapAttrs' (name: nspawn: {
      name = "systemd/nspawn/${name}.nspawn";
      value.text = units.render.nspawn (sectionsOf nspawn);
    }) config.systemd.nspawn;
  };
}
