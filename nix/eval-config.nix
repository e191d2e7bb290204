# A container from a plain configuration file, for `nixos-nspawn create --config`. Everything comes in as an argument
# (`--argstr`); nothing is ever pasted into Nix source.
{
  # Path of the NixOS configuration.
  config,
  # Path of a nixpkgs.
  nixpkgs,
  name,
  system ? builtins.currentSystem,
  # JSON text: [ { "module": "/path.nix", "parameters": { } } ]
  presets ? "[]",
}:
(import ./lib.nix).mkContainer {
  inherit nixpkgs name system;
  modules = [ (/. + config) ];
  presets = builtins.fromJSON presets;
}
