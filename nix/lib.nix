# The library of the flake: `nixos-nspawn.lib`.
{
  # A container as a derivation, for `nixos-nspawn create`. Evaluates its NixOS once.
  mkContainer =
    arguments@{
      # nixpkgs, as a flake or a path. The container's `nixpkgs.*` options apply.
      nixpkgs ? null,
      # Evaluated packages, instead of `nixpkgs`. The container's `nixpkgs.*` options have no effect.
      pkgs ? null,
      # The container's name on the host.
      name,
      system,
      # NixOS modules. `nixosContainer` has the settings for the host.
      modules ? [ ],
      # Presets: [ { module = ./preset.nix; parameters = { }; } ].
      presets ? [ ],
      specialArgs ? { },
    }:
    let
      # Do not use a path in a string, because Nix would copy all of nixpkgs to the store.
      path =
        if nixpkgs != null then
          nixpkgs.outPath or nixpkgs
        else if pkgs != null then
          pkgs.path
        else
          throw "mkContainer: the container `${name}' has neither `nixpkgs' nor `pkgs'.";
      lib = if nixpkgs != null then import (path + "/lib") else pkgs.lib;

      evaluation = import (path + "/nixos/lib/eval-config.nix") {
        inherit lib specialArgs;
        # An error in a module that is not a file names the file that calls mkContainer, and not this file.
        modulesLocation = (builtins.unsafeGetAttrPos "modules" arguments).file or null;
        # An option defines the platform.
        system = null;
        modules = [
          {
            _file = toString ./container/profile.nix;
            imports = [
              (import ./container/profile.nix {
                inherit name;
                declarative = false;
              })
            ];
          }
          (
            if nixpkgs != null then
              { nixpkgs.hostPlatform = lib.mkDefault system; }
            else
              { nixpkgs.pkgs = pkgs; }
          )
          (lib.optionalAttrs (nixpkgs != null && pkgs != null) {
            warnings = [ "mkContainer was given both `nixpkgs' and `pkgs'; it uses `nixpkgs'." ];
          })
        ]
        ++ modules
        ++ (import ./presets.nix).modules presets;
      };
    in
    import ./container { inherit name; } evaluation;
}
