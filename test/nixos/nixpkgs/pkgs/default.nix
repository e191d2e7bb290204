# The packages of a nixpkgs that NixOS needs for a small container: Debian's programs under the names of nixpkgs, and
# nixpkgs' builders. The arguments are those of nixpkgs.
{
  system ? null,
  localSystem ? {
    system = if system == null then builtins.currentSystem else system;
  },
  crossSystem ? null,
  overlays ? [ ],
  config ? { },
}@arguments:
let
  lib = import ../lib;
  platform = lib.systems.elaborate localSystem;

  layers = [
    (import ./absent.nix { inherit lib platform; })
    (import ./builders.nix { inherit lib platform; })
    (import ./formats.nix { inherit lib; })
    (import ./programs.nix { inherit lib platform; })
  ];

  base = final: {
    _type = "pkgs";
    # As text, because a path would be copied to the store when it is used in a string.
    path = toString ../.;
    inherit
      lib
      config
      overlays
      ;
    inherit (platform) system;
    hostPlatform = platform;
    buildPlatform = platform;
    targetPlatform = platform;
    # There is only one platform.
    buildPackages = final;
    pkgsBuildBuild = final;
    pkgsBuildHost = final;
    pkgsHostHost = final;
    targetPackages = final;
    __splicedPackages = final;

    extend = overlay: final.appendOverlays [ overlay ];
    appendOverlays = more: import ./. (arguments // { overlays = overlays ++ more; });

    callPackage = lib.callPackageWith final;
    callPackages = lib.callPackagesWith final;
    newScope = extra: lib.callPackageWith (final // extra);
    nixos =
      configuration:
      import ../nixos/lib/eval-config.nix {
        inherit lib;
        pkgs = final;
        system = null;
        modules = lib.toList configuration;
      };
  };
in
lib.fix (lib.foldl' (lib.flip lib.extends) base (layers ++ overlays))
