# The system of a NixOS host, from a configuration that imports host.nix.
{
  configuration,
  nixpkgs ? /srv/nixpkgs,
}:
(import (nixpkgs + "/nixos/lib/eval-config.nix") {
  lib = import (nixpkgs + "/lib");
  system = null;
  modules = [
    { nixpkgs.hostPlatform = builtins.currentSystem; }
    (/. + configuration)
  ];
}).config.system.build.toplevel
