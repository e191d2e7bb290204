# A container from a configuration file, for `nixos-nspawn create --config`. All values are arguments (`--argstr`), and
# are never inserted into Nix source.
{
  # Path of the NixOS configuration.
  config,
  # Path of nixpkgs.
  nixpkgs,
  name,
  system ? builtins.currentSystem,
  # JSON text: [ { "module": "/path.nix", "parameters": { } } ]
  presets ? "[]",
  # Path of the file with the host's defaults. Empty if there is none.
  hostDefaults ? "",
}:
(import ./lib.nix).mkContainer {
  inherit nixpkgs name system;
  modules = [ (/. + config) ] ++ import ./defaults-file.nix hostDefaults;
  presets = builtins.fromJSON presets;
}
