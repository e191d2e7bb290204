# NixOS tests in virtual machines, by name: `nix build .#checks.x86_64-linux.vm-imperative`.
{
  # nixpkgs, as a flake or a path.
  nixpkgs,
  # Its packages, with this project's overlay.
  pkgs,
}:
let
  inherit (pkgs) lib;
  nixos = import (nixpkgs + "/nixos/lib") { inherit lib; };
  test =
    module:
    nixos.runTest {
      imports = [ module ];
      hostPkgs = pkgs;
      node = { inherit pkgs; };
      # Each test boots at most two machines, with containers.
      globalTimeout = 15 * 60;
    };
in
lib.mapAttrs (_: test) {
  vm-imperative = ./imperative.nix;
  vm-configuration-file = ./configuration-file.nix;
  vm-declarative = ./declarative.nix;
  vm-activation = ./activation.nix;
  vm-networking = ./networking.nix;
  vm-zones = ./zones.nix;
  vm-macvlan = ./macvlan.nix;
  vm-wireguard = ./wireguard.nix;
  vm-migration = ./migration.nix;
  vm-autostart = ./autostart.nix;
}
